/* parsing.read_head: a message from its start line and fields. */

#include "_native.h"

#define MAX_LINES 256 /* parsing.MAX_FIELDS: the start line counts as one here */

/* A field's value without blanks around it, as Python decodes and strips it. */
static PyObject *value_text(span value, int all_ascii)
{
    value = strip(value);
    if (all_ascii || is_ascii(value))
        return ascii_text(value);
    PyObject *text = PyUnicode_DecodeUTF8(value.at, length_of(value), "surrogateescape");
    if (text == NULL)
        return NULL;
    Py_ssize_t start = 0, end = PyUnicode_GET_LENGTH(text);
    while (start < end && Py_UNICODE_ISSPACE(PyUnicode_READ_CHAR(text, start)))
        start++;
    while (start < end && Py_UNICODE_ISSPACE(PyUnicode_READ_CHAR(text, end - 1)))
        end--;
    Py_SETREF(text, PyUnicode_Substring(text, start, end));
    return text;
}

/* A new reference; NULL with an exception, or without one where this is no name. */
static PyObject *field_name(const context *held, span name)
{
    PyObject *known = name_in(&held->names, name);
    if (known != NULL)
        return Py_NewRef(known);
    if (!is_token(name))
        return NULL;
    PyObject *text = ascii_text(name);
    if (text == NULL)
        return NULL;
    known = PyObject_CallOneArg(held->canonical, text);
    Py_DECREF(text);
    return known;
}

/* 0, or -1 with an exception. */
static int add_field(PyObject *headers, PyObject *name, PyObject *value)
{
    PyObject *values = PyList_New(1);
    if (values == NULL)
        return -1;
    PyList_SET_ITEM(values, 0, Py_NewRef(value));
    PyObject *kept = PyDict_SetDefault(headers, name, values);
    int failed = kept == NULL ? -1 : kept == values ? 0 : PyList_Append(kept, value);
    Py_DECREF(values);
    return failed;
}

/* 1 for a field that was added, 0 for one that is not ordinary, -1 with an exception. */
static int read_field(const context *held, PyObject *headers, span line, int all_ascii)
{
    const char *colon = find_byte(line, ':');
    if (colon == NULL)
        return 0;
    PyObject *name = field_name(held, (span){line.at, colon});
    if (name == NULL)
        return PyErr_Occurred() ? -1 : 0;
    PyObject *value = value_text((span){colon + 1, line.end}, all_ascii);
    int failed = value == NULL ? -1 : add_field(headers, name, value);
    Py_DECREF(name);
    Py_XDECREF(value);
    return failed < 0 ? -1 : 1;
}

/* The end of the line that begins at `text.at`: its CR LF, or the end of everything. */
static const char *line_end(span text)
{
    const char *found = find_word(text, "\r\n", 2);
    return found == NULL ? text.end : found;
}

/* All fields behind the start line, which ends at `text.at`. As read_field. */
static int read_fields(const context *held, PyObject *headers, span text, int all_ascii)
{
    for (int lines = 1; text.at < text.end; lines++) {
        span line = {text.at + 2, NULL};
        line.end = line_end((span){line.at, text.end});
        int read = lines < MAX_LINES ? read_field(held, headers, line, all_ascii) : 0;
        if (read <= 0)
            return read;
        text.at = line.end;
    }
    return 1;
}

/* The value of a field that stands there once (a borrowed reference); NULL, perhaps with an exception, elsewhere. */
static PyObject *single(PyObject *headers, PyObject *name)
{
    PyObject *values = PyDict_GetItemWithError(headers, name);
    return values != NULL && PyList_GET_SIZE(values) == 1 ? PyList_GET_ITEM(values, 0) : NULL;
}

/* 1 where From, To, Call-ID and CSeq stand there once, and Via; `method` is that of CSeq then. */
static int has_needed(const context *held, PyObject *headers, span *method)
{
    PyObject *from = single(headers, held->from), *to = single(headers, held->to);
    PyObject *cseq = single(headers, held->cseq);
    span number;
    if (from == NULL || to == NULL || cseq == NULL || single(headers, held->call_id) == NULL ||
        PyDict_GetItemWithError(headers, held->via) == NULL || !ascii_of(cseq, &number) ||
        PyUnicode_FindChar(from, '"', 0, PyUnicode_GET_LENGTH(from), 1) != -1 ||
        PyUnicode_FindChar(to, '"', 0, PyUnicode_GET_LENGTH(to), 1) != -1)
        return 0;
    const char *blank = find_byte(number, ' ');
    if (blank == NULL)
        return 0;
    *method = (span){blank + 1, number.end};
    number.end = blank;
    return small_number(number) >= 0;
}

/* Takes Content-Length out of `headers`: a new reference to a number or None; NULL as field_name. */
static PyObject *take_length(const context *held, PyObject *headers)
{
    span digits;
    PyObject *values = PyDict_GetItemWithError(headers, held->content_length);
    if (values == NULL)
        return PyErr_Occurred() ? NULL : Py_NewRef(Py_None);
    if (PyList_GET_SIZE(values) != 1 || !ascii_of(PyList_GET_ITEM(values, 0), &digits))
        return NULL;
    long number = small_number(digits);
    if (number < 0 || PyDict_DelItem(headers, held->content_length) < 0)
        return NULL;
    return PyLong_FromLong(number);
}

static PyObject *make_request(const context *held, PyObject *method, span uri, PyObject *headers, int all_ascii)
{
    PyObject *text = all_ascii ? ascii_text(uri) : PyUnicode_DecodeUTF8(uri.at, length_of(uri), "surrogateescape");
    if (text == NULL)
        return NULL;
    PyObject *arguments[] = {method, text, headers};
    PyObject *made = PyObject_Vectorcall(held->request, arguments, 3, NULL);
    Py_DECREF(text);
    return made;
}

static PyObject *make_response(const context *held, long status, span reason, PyObject *headers, int all_ascii)
{
    PyObject *made = NULL, *number = PyLong_FromLong(status);
    PyObject *text =
        all_ascii ? ascii_text(reason) : PyUnicode_DecodeUTF8(reason.at, length_of(reason), "surrogateescape");
    if (number != NULL && text != NULL) {
        PyObject *arguments[] = {number, text, headers};
        made = PyObject_Vectorcall(held->response, arguments, 3, NULL);
    }
    Py_XDECREF(number);
    Py_XDECREF(text);
    return made;
}

/* The message that the start line and CSeq's method make; NULL as field_name. */
static PyObject *make_message(const context *held, span start, span method, PyObject *headers, int all_ascii)
{
    const char *first = find_byte(start, ' ');
    if (first == NULL)
        return NULL;
    span word = {start.at, first}, rest = {first + 1, start.end};
    const char *next = find_byte(rest, ' ');
    if (next == NULL)
        return NULL;
    span second = {rest.at, next}, third = {next + 1, rest.end};
    if (equals(third, "SIP/2.0", 7) && length_of(second) > 0 && equals(word, method.at, length_of(method))) {
        PyObject *known = name_in(&held->methods, method);
        if (known != NULL)
            return make_request(held, known, second, headers, all_ascii);
    }
    if (!equals(word, "SIP/2.0", 7) || length_of(second) != 3 || !is_token(method))
        return NULL;
    long status = small_number(second);
    return status < 100 || status > 699 ? NULL : make_response(held, status, third, headers, all_ascii);
}

/* Whether ";;" or ",," stand in `text`, which the careful reader judges; and whether all of it is ASCII. */
static int has_empty_part(span text, int *all_ascii)
{
    unsigned char seen = 0, empty = 0, before = 0;
    for (; text.at < text.end; text.at++) {
        unsigned char byte = (unsigned char)*text.at;
        seen |= byte;
        empty |= (unsigned char)((byte == before) & ((byte == ';') | (byte == ',')));
        before = byte;
    }
    *all_ascii = seen < 0x80;
    return empty;
}

static PyObject *message_and_length(const context *held, span text, PyObject *headers, int all_ascii)
{
    span start = {text.at, line_end(text)}, method;
    text.at = start.end;
    if (read_fields(held, headers, text, all_ascii) <= 0 || !has_needed(held, headers, &method))
        return NULL;
    PyObject *length = take_length(held, headers);
    if (length == NULL)
        return NULL;
    PyObject *message = make_message(held, start, method, headers, all_ascii);
    PyObject *both = message == NULL ? NULL : PyTuple_Pack(2, message, length);
    Py_XDECREF(message);
    Py_DECREF(length);
    return both;
}

static PyObject *read_head(PyObject *self, PyObject *head)
{
    int all_ascii;
    if (!PyBytes_Check(head)) {
        PyErr_SetString(PyExc_TypeError, "a head is bytes");
        return NULL;
    }
    span text = {PyBytes_AS_STRING(head), PyBytes_AS_STRING(head) + PyBytes_GET_SIZE(head)};
    if (has_empty_part(text, &all_ascii))
        Py_RETURN_NONE;
    const context *held = context_of(self);
    PyObject *headers = PyDict_New();
    if (held == NULL || headers == NULL) {
        Py_XDECREF(headers);
        return NULL;
    }
    PyObject *both = message_and_length(held, text, headers, all_ascii);
    Py_DECREF(headers);
    if (both == NULL && !PyErr_Occurred())
        Py_RETURN_NONE;
    return both;
}

PyMethodDef READ_HEAD = {"read_head", read_head, METH_O, NULL};
