/* Making and ending of tables of names, and of what a function is bound to. */

#include "_native.h"

void clear_table(table *names)
{
    if (names->entries == NULL)
        return;
    for (size_t place = 0; place <= names->mask; place++) {
        Py_XDECREF(names->entries[place].spelled);
        Py_XDECREF(names->entries[place].name);
    }
    PyMem_Free(names->entries);
    names->entries = NULL;
}

int fill_table(table *names, PyObject *source)
{
    PyObject *spelled, *name;
    Py_ssize_t at = 0;
    size_t places = 64;
    while (places < 4 * (size_t)PyDict_GET_SIZE(source))
        places *= 2;
    names->entries = PyMem_Calloc(places, sizeof(entry));
    names->mask = places - 1;
    if (names->entries == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    while (PyDict_Next(source, &at, &spelled, &name)) {
        span text;
        if (!ascii_of(spelled, &text) || !PyUnicode_CheckExact(name)) {
            PyErr_SetString(PyExc_TypeError, "names are ASCII");
            return -1;
        }
        entry *place = place_in(names, text);
        place->spelled = Py_NewRef(spelled);
        place->name = Py_NewRef(name);
    }
    return 0;
}

const char CONTEXT[] = "samband.wire.sip._native.context";

static void free_context(PyObject *capsule)
{
    context *held = PyCapsule_GetPointer(capsule, CONTEXT);
    if (held == NULL)
        return;
    PyObject *objects[] = {held->pure, held->canonical, held->request, held->response,       held->via,
                           held->from, held->to,        held->call_id, held->cseq, held->content_length,
                           held->body};
    for (size_t each = 0; each < sizeof(objects) / sizeof(objects[0]); each++)
        Py_XDECREF(objects[each]);
    clear_table(&held->names);
    clear_table(&held->methods);
    PyMem_Free(held);
}

PyObject *new_context(PyObject *pure, PyObject *names)
{
    context *held = PyMem_Calloc(1, sizeof(context));
    if (held == NULL)
        return PyErr_NoMemory();
    held->pure = Py_NewRef(pure);
    PyObject *capsule = PyCapsule_New(held, CONTEXT, free_context);
    if (capsule == NULL) {
        Py_DECREF(pure);
        PyMem_Free(held);
        return NULL;
    }
    if (fill_table(&held->names, names) < 0)
        Py_CLEAR(capsule);
    return capsule;
}
