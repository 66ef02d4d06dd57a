/* The leaves that every SIP message passes, in C: equals of the functions that `native.py` names.
 *
 * Each of them serves what is ordinary and calls for its equal in Python, or for the careful reader, where something is
 * not (text that is not ASCII, mostly): so it need not know every rule, but what it does answer is the same, byte for
 * byte. Nothing here keeps a pointer into an object it has no reference to, and no length is believed: every step is
 * bounded by the end of what was given.
 *
 * `bind` makes a function whose `self` holds what it needs: its equal, or a capsule with names and classes. There is no
 * other state, so every interpreter has its own.
 */

#include "_native.h"

#ifndef SOURCE_CRC
#error "SOURCE_CRC comes from setup.py"
#endif

static PyObject *bind_leaf(PyObject *Py_UNUSED(module), PyObject *pure)
{
    PyObject *name = PyObject_GetAttrString(pure, "__name__"), *bound = NULL;
    if (name == NULL)
        return NULL;
    for (PyMethodDef *leaf = LEAVES; leaf->ml_name != NULL && PyUnicode_Check(name); leaf++)
        if (PyUnicode_CompareWithASCIIString(name, leaf->ml_name) == 0)
            bound = PyCFunction_New(leaf, pure);
    if (bound == NULL && !PyErr_Occurred())
        PyErr_Format(PyExc_LookupError, "there is no %R in C", name);
    Py_DECREF(name);
    return bound;
}

/* The function that holds `capsule`, whose reference it takes. */
static PyObject *bind_context(PyMethodDef *method, PyObject *capsule)
{
    PyObject *bound = capsule == NULL ? NULL : PyCFunction_New(method, capsule);
    Py_XDECREF(capsule);
    return bound;
}

static PyObject *bind_parameters(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    PyObject *pure, *names;
    if (!PyArg_ParseTuple(arguments, "OO!", &pure, &PyDict_Type, &names))
        return NULL;
    return bind_context(&READ_PARAMETERS, new_context(pure, names));
}

static PyObject *bind_text(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    PyObject *pure, *request, *response;
    if (!PyArg_ParseTuple(arguments, "OOO", &pure, &request, &response))
        return NULL;
    PyObject *name = PyObject_GetAttrString(pure, "__name__"), *bound = NULL;
    if (name == NULL)
        return NULL;
    PyMethodDef *method = text_called(name);
    if (method == NULL)
        PyErr_Format(PyExc_LookupError, "there is no %R in C", name);
    else
        bound = bind_context(method, new_texts(pure, request, response));
    Py_DECREF(name);
    return bound;
}

/* 0, or -1 with an exception. */
static int name_fields(context *held)
{
    held->via = PyUnicode_InternFromString("Via");
    held->from = PyUnicode_InternFromString("From");
    held->to = PyUnicode_InternFromString("To");
    held->call_id = PyUnicode_InternFromString("Call-ID");
    held->cseq = PyUnicode_InternFromString("CSeq");
    held->content_length = PyUnicode_InternFromString("Content-Length");
    held->body = PyUnicode_InternFromString("body");
    return held->via && held->from && held->to && held->call_id && held->cseq && held->content_length && held->body
               ? 0
               : -1;
}

static PyObject *bind_head(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    PyObject *pure, *names, *methods, *canonical, *request, *response;
    if (!PyArg_ParseTuple(arguments, "OO!O!OOO", &pure, &PyDict_Type, &names, &PyDict_Type, &methods, &canonical,
                          &request, &response))
        return NULL;
    PyObject *capsule = new_context(pure, names);
    if (capsule == NULL)
        return NULL;
    context *held = context_of(capsule);
    held->canonical = Py_NewRef(canonical);
    held->request = Py_NewRef(request);
    held->response = Py_NewRef(response);
    if (fill_table(&held->methods, methods) < 0 || name_fields(held) < 0)
        Py_CLEAR(capsule);
    return bind_context(&READ_HEAD, capsule);
}

/* It shares the capsule of `read_head`, which bind_head made. */
static PyObject *bind_whole(PyObject *Py_UNUSED(module), PyObject *read_head)
{
    if (!PyCFunction_Check(read_head) || context_of(PyCFunction_GET_SELF(read_head)) == NULL) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_TypeError, "it needs the read_head that bind_head made");
        return NULL;
    }
    return PyCFunction_New(&READ_WHOLE, PyCFunction_GET_SELF(read_head));
}

static PyMethodDef BINDERS[] = {
    {"bind_leaf", bind_leaf, METH_O, "The equal of a function, by its name."},
    {"bind_parameters", bind_parameters, METH_VARARGS, "The equal of credentials.read_ordinary."},
    {"bind_text", bind_text, METH_VARARGS, "The equal of a function that makes signed text, by its name."},
    {"bind_head", bind_head, METH_VARARGS, "The equal of parsing.read_head."},
    {"bind_whole", bind_whole, METH_O, "The equal of stream.read_whole."},
    {NULL, NULL, 0, NULL},
};

static int fill_module(PyObject *module)
{
    PyObject *source = PyLong_FromUnsignedLong(SOURCE_CRC);
    int failed = source == NULL ? -1 : PyModule_AddObjectRef(module, "SOURCE", source);
    Py_XDECREF(source);
    return failed;
}

static PyModuleDef_Slot SLOTS[] = {{Py_mod_exec, (void *)fill_module}, {0, NULL}};

static struct PyModuleDef MODULE = {
    PyModuleDef_HEAD_INIT, "_native", "What native.py binds.", 0, BINDERS, SLOTS, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__native(void) { return PyModuleDef_Init(&MODULE); }
