/* Writing a message, and reading what stands in one field. */

#include "_native.h"

/* ---- message.write */

static inline int put_text(sink *out, PyObject *object)
{
    span text;
    return ascii_of(object, &text) && put(out, text.at, length_of(text));
}

static int put_fields(sink *out, PyObject *headers)
{
    PyObject *name, *values;
    Py_ssize_t at = 0;
    while (PyDict_Next(headers, &at, &name, &values)) {
        if (!PyList_CheckExact(values))
            return 0;
        for (Py_ssize_t each = 0; each < PyList_GET_SIZE(values); each++)
            if (!put_text(out, name) || !put(out, ": ", 2) || !put_text(out, PyList_GET_ITEM(values, each)) ||
                !put(out, "\r\n", 2))
                return 0;
    }
    return 1;
}

/* 0 where something is not what it nearly always is: ASCII. */
static int put_message(sink *out, PyObject *start, PyObject *headers, PyObject *body)
{
    char length[48];
    int size = PyOS_snprintf(length, sizeof(length), "Content-Length: %zd\r\n\r\n", PyBytes_GET_SIZE(body));
    return put_text(out, start) && put(out, "\r\n", 2) && put_fields(out, headers) && put(out, length, size) &&
           put(out, PyBytes_AS_STRING(body), PyBytes_GET_SIZE(body));
}

/* No Python runs between the two passes, so both see the same. */
static PyObject *write_message(PyObject *self, PyObject *const *arguments, Py_ssize_t count)
{
    sink out = {NULL, 0};
    if (count != 3 || !PyDict_CheckExact(arguments[1]) || !PyBytes_CheckExact(arguments[2]) ||
        !put_message(&out, arguments[0], arguments[1], arguments[2]))
        return PyObject_Vectorcall(self, arguments, (size_t)count, NULL);
    PyObject *written = PyBytes_FromStringAndSize(NULL, out.size);
    if (written != NULL) {
        out = (sink){PyBytes_AS_STRING(written), 0};
        put_message(&out, arguments[0], arguments[1], arguments[2]);
    }
    return written;
}

/* ---- via.branch_in */

static PyObject *branch_in(PyObject *self, PyObject *via)
{
    span text;
    if (!ascii_of(via, &text))
        return PyObject_CallOneArg(self, via);
    const char *found = find_word(text, ";branch=", 8);
    if (found == NULL)
        return PyUnicode_New(0, 127);
    span branch = {found + 8, text.end};
    const char *end = find_byte(branch, ';');
    if (end != NULL)
        branch.end = end;
    end = find_byte(branch, ',');
    if (end != NULL) {
        branch.end = end;
        branch = strip_end(branch);
    }
    return ascii_text(branch);
}

/* ---- via.mark_source */

typedef struct {
    span via;   /* everything */
    span head;  /* its first element */
    span host;  /* the sender's */
    long port;
} mark;

/* Whether the element was sent by `host` itself, as text: " host:" or " host;" stands there. */
static int names_host(span via, span host)
{
    const char *found;
    for (span rest = via; (found = find_word(rest, host.at, length_of(host))) != NULL; rest.at = found + 1) {
        const char *behind = found + length_of(host);
        if (found > via.at && found[-1] == ' ' && behind < via.end && (*behind == ':' || *behind == ';'))
            return 1;
    }
    return 0;
}

/* What the sender wrote, with its port behind `rport`, which ends there, and its host. */
static int put_marked(sink *out, const mark *sent, const char *rport)
{
    char port[32];
    int size = PyOS_snprintf(port, sizeof(port), "=%ld", sent->port);
    int received = find_word(sent->head, ";received=", 10) != NULL;
    return put(out, sent->head.at, rport - sent->head.at) && put(out, port, size) &&
           put(out, rport, sent->head.end - rport) &&
           (received || (put(out, ";received=", 10) && put(out, sent->host.at, length_of(sent->host)))) &&
           put(out, sent->head.end, sent->via.end - sent->head.end);
}

static PyObject *marked(const mark *sent, const char *rport)
{
    sink out = {NULL, 0};
    if (!put_marked(&out, sent, rport))
        return PyErr_NoMemory();
    PyObject *text = PyUnicode_New(out.size, 127);
    if (text != NULL) {
        out = (sink){(char *)PyUnicode_1BYTE_DATA(text), 0};
        put_marked(&out, sent, rport);
    }
    return text;
}

/* 0 where the arguments are not what they nearly always are: text, and a tuple of host and port, all of it ASCII. */
static int read_mark(mark *sent, PyObject *const *arguments, Py_ssize_t count)
{
    if (count != 2 || !ascii_of(arguments[0], &sent->via) || !PyTuple_CheckExact(arguments[1]) ||
        PyTuple_GET_SIZE(arguments[1]) != 2 || !ascii_of(PyTuple_GET_ITEM(arguments[1], 0), &sent->host) ||
        length_of(sent->host) < 1 || !PyLong_CheckExact(PyTuple_GET_ITEM(arguments[1], 1)))
        return 0;
    int overflow;
    sent->port = PyLong_AsLongAndOverflow(PyTuple_GET_ITEM(arguments[1], 1), &overflow);
    const char *comma = find_byte(sent->via, ',');
    sent->head = (span){sent->via.at, comma == NULL ? sent->via.end : comma};
    return !overflow;
}

static PyObject *mark_source(PyObject *self, PyObject *const *arguments, Py_ssize_t count)
{
    mark sent;
    if (!read_mark(&sent, arguments, count))
        return PyObject_Vectorcall(self, arguments, (size_t)count, NULL);
    const char *rport = find_word(sent.via, ";rport", 6);
    int wanted = rport != NULL && (rport + 6 == sent.via.end || memchr(";, ", rport[6], 3) != NULL);
    if (wanted && rport < sent.head.end)
        return marked(&sent, rport + 6);
    if (!wanted && names_host(sent.via, sent.host))
        Py_RETURN_NONE;
    return PyObject_Vectorcall(self, arguments, (size_t)count, NULL);
}

/* ---- address.tag_in, epid_in, uri_in */

span param_of(span value, const char *key, Py_ssize_t size)
{
    span tail = {value.end, value.end};
    while (tail.at > value.at && tail.at[-1] != '>')
        tail.at--;
    const char *found = find_word(tail, key, size);
    if (found == NULL) {
        /* Blanks around it, or capitals: only Python knows. */
        int odd = find_byte(tail, ' ') || find_byte(tail, '\t') || find_byte(tail, (char)(key[1] - 'a' + 'A'));
        return odd ? (span){NULL, NULL} : (span){value.end, value.end};
    }
    tail.at = found + size;
    const char *end = find_byte(tail, ';');
    if (end != NULL)
        tail.end = end;
    return strip(tail);
}

static PyObject *param_in(PyObject *pure, PyObject *value, const char *key, Py_ssize_t size)
{
    span text, found = {NULL, NULL};
    if (ascii_of(value, &text))
        found = param_of(text, key, size);
    return found.at == NULL ? PyObject_CallOneArg(pure, value) : ascii_text(found);
}

static PyObject *tag_in(PyObject *self, PyObject *value) { return param_in(self, value, ";tag=", 5); }

static PyObject *epid_in(PyObject *self, PyObject *value) { return param_in(self, value, ";epid=", 6); }

/* The quote that closes the one `text` begins with; NULL where it stays open. */
static const char *closing_quote(span text)
{
    for (const char *at = text.at + 1; at < text.end; at++) {
        if (*at == '\\')
            at++;
        else if (*at == '"')
            return at;
    }
    return NULL;
}

span uri_of(span value)
{
    const span none = {value.end, value.end};
    span uri = value;
    if (value.at < value.end && *value.at == '"') {
        uri.at = closing_quote(value);
        if (uri.at == NULL)
            return none;
    }
    const char *opened = find_byte(uri, '<');
    if (opened == NULL) {
        const char *params = find_byte(value, ';');
        return strip((span){value.at, params == NULL ? value.end : params});
    }
    const char *closed = find_byte((span){opened, value.end}, '>');
    return closed == NULL ? none : strip((span){opened + 1, closed});
}

static PyObject *uri_in(PyObject *self, PyObject *value)
{
    span text;
    return ascii_of(value, &text) ? ascii_text(uri_of(text)) : PyObject_CallOneArg(self, value);
}

/* ---- credentials.read_ordinary */

int ordinary_value(span text, span *value)
{
    *value = text;
    if (length_of(text) < 2 || text.at[0] != '"' || text.end[-1] != '"')
        return is_alphanumeric(text);
    *value = (span){text.at + 1, text.end - 1};
    return find_byte(*value, '"') == NULL;
}

/* One parameter into `params`: 1, or 0 for what is not ordinary, or -1 with an exception. */
static int read_parameter(const context *held, PyObject *params, span part)
{
    const char *equal = find_byte(part, '=');
    if (equal == NULL)
        return 0;
    PyObject *name = name_in(&held->names, (span){part.at, equal});
    span value;
    if (name == NULL || !ordinary_value((span){equal + 1, part.end}, &value))
        return 0;
    PyObject *text = ascii_text(value);
    if (text == NULL)
        return -1;
    /* Told by the size, not by what is kept: all empty texts are one object. */
    Py_ssize_t before = PyDict_GET_SIZE(params);
    PyObject *kept = PyDict_SetDefault(params, name, text);
    Py_DECREF(text);
    return kept == NULL ? -1 : PyDict_GET_SIZE(params) > before;
}

static PyObject *read_parameters(PyObject *self, PyObject *rest)
{
    const context *held = context_of(self);
    span text;
    if (held == NULL)
        return NULL;
    if (!ascii_of(rest, &text))
        return PyObject_CallOneArg(held->pure, rest);
    if (find_byte(text, '\\') != NULL)
        Py_RETURN_NONE;
    PyObject *params = PyDict_New();
    int read = params == NULL ? -1 : 1;
    for (span part = {text.at, NULL}; read > 0 && part.at <= text.end; part.at = part.end + 1) {
        part.end = find_byte((span){part.at, text.end}, ',');
        if (part.end == NULL)
            part.end = text.end;
        read = read_parameter(held, params, part);
    }
    if (read > 0)
        return params;
    Py_XDECREF(params);
    if (read < 0)
        return NULL;
    Py_RETURN_NONE;
}

PyMethodDef LEAVES[] = {
    {"write", (PyCFunction)(void (*)(void))write_message, METH_FASTCALL, NULL},
    {"branch_in", branch_in, METH_O, NULL},
    {"mark_source", (PyCFunction)(void (*)(void))mark_source, METH_FASTCALL, NULL},
    {"tag_in", tag_in, METH_O, NULL},
    {"epid_in", epid_in, METH_O, NULL},
    {"uri_in", uri_in, METH_O, NULL},
    {"read_signature", read_signature, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

PyMethodDef READ_PARAMETERS = {"read_ordinary", read_parameters, METH_O, NULL};
