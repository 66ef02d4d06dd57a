/* ms_auth: what a signature says, and the text that is signed. */

#include "_native.h"

/* ---- ms_auth.read_signature */

enum { REALM, TARGET, OPAQUE, SALT, NUMBER, RESPONSE, SIGNED, QOP = SIGNED, VERSION, PARAMETERS };

typedef struct {
    const char *word;
    Py_ssize_t size;
} word;

static const word SPELLED[PARAMETERS] = {{"realm", 5}, {"targetname", 10}, {"opaque", 6}, {"crand", 5},
                                         {"cnum", 4},  {"response", 8},    {"qop", 3},    {"version", 7}};

static int parameter_called(span name)
{
    if (name.at < name.end && *name.at == ' ')
        name.at++;
    for (int each = 0; each < PARAMETERS; each++)
        if (equals(name, SPELLED[each].word, SPELLED[each].size))
            return each;
    return -1;
}

/* One parameter into its place: 0 for what is not ordinary, and for one that stands there already. */
static int take_parameter(span part, span *values)
{
    const char *equal = find_byte(part, '=');
    int place = equal == NULL ? -1 : parameter_called((span){part.at, equal});
    return place >= 0 && values[place].at == NULL && ordinary_value((span){equal + 1, part.end}, &values[place]);
}

/* All of them; 0 where one is not ordinary, or none of what is needed. */
static int take_parameters(span text, span *values)
{
    for (span part = {text.at, NULL}; part.at <= text.end; part.at = part.end + 1) {
        part.end = find_byte((span){part.at, text.end}, ',');
        if (part.end == NULL)
            part.end = text.end;
        if (!take_parameter(part, values))
            return 0;
    }
    for (int each = 0; each < SIGNED; each++)
        if (values[each].at == NULL)
            return 0;
    return 1;
}

PyObject *read_signature(PyObject *self, PyObject *value)
{
    span text, values[PARAMETERS] = {{NULL, NULL}};
    if (!ascii_of(value, &text))
        return PyObject_CallOneArg(self, value);
    const char *blank = find_byte(text, ' ');
    if (blank == NULL || find_byte((span){blank, text.end}, '\\') != NULL ||
        !take_parameters((span){blank + 1, text.end}, values))
        Py_RETURN_NONE;
    PyObject *found = PyTuple_New(1 + SIGNED);
    for (int each = 0; found != NULL && each <= SIGNED; each++) {
        PyObject *item = ascii_text(each == 0 ? (span){text.at, blank} : values[each - 1]);
        if (item == NULL)
            Py_CLEAR(found);
        else
            PyTuple_SET_ITEM(found, each, item);
    }
    return found;
}

/* ---- ms_auth.message_text, ms_auth.request_text */

enum {
    /* fields of a message */
    CALL_ID,
    CSEQ,
    FROM,
    TO,
    EXPIRES,
    ASSERTED,
    PREFERRED,
    /* attributes of a message */
    HEADERS,
    STATUS,
    /* attributes of a dialog */
    DIALOG_CALL_ID,
    LOCAL_CSEQ,
    LOCAL,
    LOCAL_TAG,
    REMOTE,
    REMOTE_TAG,
    NAMES
};

static const char *const NAMED[NAMES] = {"Call-ID",  "CSeq",       "From",
                                         "To",       "Expires",    "P-Asserted-Identity",
                                         "P-Preferred-Identity", "headers", "status",
                                         "call_id",  "local_cseq", "local",
                                         "local_tag", "remote",    "remote_tag"};

typedef struct {
    PyObject *pure, *request, *response, *names[NAMES];
} texts;

static const char TEXTS[] = "samband.wire.sip._native.texts";

static void free_texts(PyObject *capsule)
{
    texts *held = PyCapsule_GetPointer(capsule, TEXTS);
    if (held == NULL)
        return;
    Py_XDECREF(held->pure);
    Py_XDECREF(held->request);
    Py_XDECREF(held->response);
    for (int each = 0; each < NAMES; each++)
        Py_XDECREF(held->names[each]);
    PyMem_Free(held);
}

PyObject *new_texts(PyObject *pure, PyObject *request, PyObject *response)
{
    texts *held = PyMem_Calloc(1, sizeof(texts));
    if (held == NULL)
        return PyErr_NoMemory();
    PyObject *capsule = PyCapsule_New(held, TEXTS, free_texts);
    if (capsule == NULL) {
        PyMem_Free(held);
        return NULL;
    }
    held->pure = Py_NewRef(pure);
    held->request = Py_NewRef(request);
    held->response = Py_NewRef(response);
    for (int each = 0; each < NAMES; each++) {
        held->names[each] = PyUnicode_InternFromString(NAMED[each]);
        if (held->names[each] == NULL) {
            Py_DECREF(capsule);
            return NULL;
        }
    }
    return capsule;
}

/* The values that are signed, in their order; those in the middle of version 2 are left out by `put_signed`. */
enum {
    IN_PROTOCOL,
    IN_SALT,
    IN_NUMBER,
    IN_REALM,
    IN_TARGET,
    IN_CALL_ID,
    IN_CSEQ,
    IN_METHOD,
    IN_FROM,
    IN_FROM_TAG,
    IN_TO,
    IN_TO_TAG,
    IN_SIP_IDENTITY,
    IN_TEL_IDENTITY,
    IN_EXPIRES,
    IN_STATUS,
    VALUES
};

typedef struct {
    span values[VALUES];
    char number[24]; /* where a number is written */
    int newer;       /* than version 2 */
} signing;

static const char OUR_REALM[] = "SIP Communications Service";

static int put_signed(sink *out, const signing *text)
{
    for (int each = 0; each < VALUES; each++) {
        span value = text->values[each];
        int left_out = !text->newer && (each == IN_TO || each == IN_SIP_IDENTITY || each == IN_TEL_IDENTITY);
        if (left_out || (each == IN_STATUS && value.at == NULL))
            continue;
        if (!put(out, "<", 1) || !put(out, value.at, length_of(value)) || !put(out, ">", 1))
            return 0;
    }
    return 1;
}

static PyObject *signed_bytes(const signing *text)
{
    sink out = {NULL, 0};
    if (!put_signed(&out, text))
        return PyErr_NoMemory();
    PyObject *made = PyBytes_FromStringAndSize(NULL, out.size);
    if (made != NULL) {
        out = (sink){PyBytes_AS_STRING(made), 0};
        put_signed(&out, text);
    }
    return made;
}

/* The decimal digits of a number into `value`; 0 where it is no small one that is not negative. */
static int write_number(signing *text, PyObject *number, span *value)
{
    int overflow;
    if (!PyLong_CheckExact(number))
        return 0;
    long long read = PyLong_AsLongLongAndOverflow(number, &overflow);
    if (overflow || read < 0)
        return 0;
    int size = PyOS_snprintf(text->number, sizeof(text->number), "%lld", read);
    *value = (span){text->number, text->number + size};
    return 1;
}

/* From, To and their tags, of which the tags of a dialog are known. 0 where only Python knows. */
static int take_ends(signing *text, span sender, span receiver)
{
    text->values[IN_FROM] = uri_of(sender);
    text->values[IN_TO] = uri_of(receiver);
    if (text->values[IN_FROM_TAG].at == NULL)
        text->values[IN_FROM_TAG] = param_of(sender, ";tag=", 5);
    if (text->values[IN_TO_TAG].at == NULL)
        text->values[IN_TO_TAG] = param_of(receiver, ";tag=", 5);
    return text->values[IN_FROM_TAG].at != NULL && text->values[IN_TO_TAG].at != NULL;
}

/* version, protocol, salt, number, target. 0 where one is not what it nearly always is. */
static int take_arguments(signing *text, PyObject *const *arguments)
{
    int overflow;
    if (!PyLong_CheckExact(arguments[0]))
        return 0;
    text->newer = PyLong_AsLongAndOverflow(arguments[0], &overflow) >= 3;
    text->values[IN_REALM] = (span){OUR_REALM, OUR_REALM + sizeof(OUR_REALM) - 1};
    return !overflow && ascii_of(arguments[1], &text->values[IN_PROTOCOL]) &&
           ascii_of(arguments[2], &text->values[IN_SALT]) && ascii_of(arguments[3], &text->values[IN_NUMBER]) &&
           ascii_of(arguments[4], &text->values[IN_TARGET]);
}

/* The first value of a field: 1, or 0 where it is absent, or -1 where it is not what it nearly always is. */
static int first_value(const texts *held, PyObject *headers, int field, span *value)
{
    PyObject *values = PyDict_GetItemWithError(headers, held->names[field]);
    if (values == NULL)
        return PyErr_Occurred() ? -1 : 0;
    return PyList_CheckExact(values) && PyList_GET_SIZE(values) > 0 && ascii_of(PyList_GET_ITEM(values, 0), value)
               ? 1
               : -1;
}

/* 0, perhaps with an exception, where only Python knows. */
static int take_fields(const texts *held, signing *text, PyObject *headers)
{
    span sender, receiver, cseq, *values = text->values;
    if (first_value(held, headers, CALL_ID, &values[IN_CALL_ID]) <= 0 ||
        first_value(held, headers, CSEQ, &cseq) <= 0 || first_value(held, headers, FROM, &sender) <= 0 ||
        first_value(held, headers, TO, &receiver) <= 0 || first_value(held, headers, EXPIRES, &values[IN_EXPIRES]) < 0 ||
        PyDict_GetItemWithError(headers, held->names[ASSERTED]) != NULL ||
        PyDict_GetItemWithError(headers, held->names[PREFERRED]) != NULL || PyErr_Occurred())
        return 0;
    const char *blank = find_byte(cseq, ' ');
    values[IN_CSEQ] = (span){cseq.at, blank == NULL ? cseq.end : blank};
    values[IN_METHOD] = blank == NULL ? (span){cseq.end, cseq.end} : strip((span){blank + 1, cseq.end});
    return take_ends(text, sender, receiver);
}

static PyObject *message_text(PyObject *self, PyObject *const *arguments, Py_ssize_t count)
{
    const texts *held = PyCapsule_GetPointer(self, TEXTS);
    signing text = {{{NULL, NULL}}, "", 0};
    PyObject *headers = NULL, *status = NULL, *made = NULL;
    if (held == NULL)
        return NULL;
    int is_response = count == 6 && (PyObject *)Py_TYPE(arguments[0]) == held->response;
    int ordinary = count == 6 && (is_response || (PyObject *)Py_TYPE(arguments[0]) == held->request) &&
                   take_arguments(&text, arguments + 1);
    if (ordinary)
        headers = PyObject_GetAttr(arguments[0], held->names[HEADERS]);
    if (headers != NULL && is_response)
        status = PyObject_GetAttr(arguments[0], held->names[STATUS]);
    if (headers != NULL && PyDict_CheckExact(headers) &&
        (!is_response || (status != NULL && write_number(&text, status, &text.values[IN_STATUS]))) &&
        take_fields(held, &text, headers))
        made = signed_bytes(&text);
    else if (!PyErr_Occurred())
        made = PyObject_Vectorcall(held->pure, arguments, (size_t)count, NULL);
    Py_XDECREF(headers);
    Py_XDECREF(status);
    return made;
}

/* What a dialog is asked for, from DIALOG_CALL_ID on. */
enum { ASKED = NAMES - DIALOG_CALL_ID };

/* 0 where only Python knows. */
static int take_dialog(signing *text, PyObject *const *found)
{
    span sender, receiver;
    return ascii_of(found[0], &text->values[IN_CALL_ID]) &&
           write_number(text, found[LOCAL_CSEQ - DIALOG_CALL_ID], &text->values[IN_CSEQ]) &&
           ascii_of(found[LOCAL - DIALOG_CALL_ID], &sender) &&
           ascii_of(found[LOCAL_TAG - DIALOG_CALL_ID], &text->values[IN_FROM_TAG]) &&
           ascii_of(found[REMOTE - DIALOG_CALL_ID], &receiver) &&
           ascii_of(found[REMOTE_TAG - DIALOG_CALL_ID], &text->values[IN_TO_TAG]) && take_ends(text, sender, receiver);
}

static PyObject *request_text(PyObject *self, PyObject *const *arguments, Py_ssize_t count)
{
    const texts *held = PyCapsule_GetPointer(self, TEXTS);
    signing text = {{{NULL, NULL}}, "", 0};
    PyObject *found[ASKED] = {NULL}, *made = NULL;
    if (held == NULL)
        return NULL;
    int ordinary =
        count == 7 && ascii_of(arguments[1], &text.values[IN_METHOD]) && take_arguments(&text, arguments + 2);
    for (int each = 0; ordinary && each < ASKED; each++) {
        found[each] = PyObject_GetAttr(arguments[0], held->names[DIALOG_CALL_ID + each]);
        ordinary = found[each] != NULL;
    }
    if (ordinary && take_dialog(&text, found))
        made = signed_bytes(&text);
    else if (!PyErr_Occurred())
        made = PyObject_Vectorcall(held->pure, arguments, (size_t)count, NULL);
    for (int each = 0; each < ASKED; each++)
        Py_XDECREF(found[each]);
    return made;
}

static PyMethodDef BOUND[] = {
    {"message_text", (PyCFunction)(void (*)(void))message_text, METH_FASTCALL, NULL},
    {"request_text", (PyCFunction)(void (*)(void))request_text, METH_FASTCALL, NULL},
    {NULL, NULL, 0, NULL},
};

PyMethodDef *text_called(PyObject *name)
{
    for (PyMethodDef *each = BOUND; each->ml_name != NULL && PyUnicode_Check(name); each++)
        if (PyUnicode_CompareWithASCIIString(name, each->ml_name) == 0)
            return each;
    return NULL;
}
