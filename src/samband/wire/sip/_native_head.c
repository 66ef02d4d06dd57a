/* parsing.read_head and stream.read_whole: messages from their bytes. */

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

/* Takes Content-Length out of `headers`: 1 with `length`, which is -1 where there is none; 0, perhaps with an exception,
 * where it is not one small number. */
static int take_length(const context *held, PyObject *headers, long *length)
{
    span digits;
    PyObject *values = PyDict_GetItemWithError(headers, held->content_length);
    *length = -1;
    if (values == NULL)
        return !PyErr_Occurred();
    if (PyList_GET_SIZE(values) != 1 || !ascii_of(PyList_GET_ITEM(values, 0), &digits))
        return 0;
    *length = small_number(digits);
    return *length >= 0 && PyDict_DelItem(headers, held->content_length) == 0;
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

/* Whether ";;", ",," or half a line end stand in `text`, which the careful reader judges; and whether all of it is
 * ASCII. */
static int is_odd(span text, int *all_ascii)
{
    unsigned char seen = 0, odd = 0, before = 0;
    for (; text.at < text.end; text.at++) {
        unsigned char byte = (unsigned char)*text.at;
        seen |= byte;
        odd |= (unsigned char)((byte == before) & ((byte == ';') | (byte == ',')));
        odd |= (unsigned char)((byte == '\n') ^ (before == '\r'));
        before = byte;
    }
    *all_ascii = seen < 0x80;
    return odd | (before == '\r');
}

/* The message whose start line and fields `text` is, and its Content-Length; NULL as field_name. */
static PyObject *read_message(const context *held, span text, long *length)
{
    int all_ascii;
    if (is_odd(text, &all_ascii))
        return NULL;
    PyObject *headers = PyDict_New(), *message = NULL;
    span start = {text.at, line_end(text)}, method;
    text.at = start.end;
    if (headers != NULL && read_fields(held, headers, text, all_ascii) > 0 && has_needed(held, headers, &method) &&
        take_length(held, headers, length))
        message = make_message(held, start, method, headers, all_ascii);
    Py_XDECREF(headers);
    return message;
}

static inline span bytes_of(PyObject *bytes)
{
    return (span){PyBytes_AS_STRING(bytes), PyBytes_AS_STRING(bytes) + PyBytes_GET_SIZE(bytes)};
}

static PyObject *read_head(PyObject *self, PyObject *head)
{
    const context *held = context_of(self);
    long length = -1;
    if (held == NULL)
        return NULL;
    if (!PyBytes_Check(head)) {
        PyErr_SetString(PyExc_TypeError, "a head is bytes");
        return NULL;
    }
    PyObject *message = read_message(held, bytes_of(head), &length);
    if (message != NULL)
        return length < 0 ? Py_BuildValue("(NO)", message, Py_None) : Py_BuildValue("(Nl)", message, length);
    if (PyErr_Occurred())
        return NULL;
    Py_RETURN_NONE;
}

/* ---- stream.read_whole */

/* The message that `data` begins with, where it is ordinary and all of it is there; `data` begins behind it then. NULL as
 * field_name. */
static PyObject *next_message(const context *held, span *data, Py_ssize_t max_head, Py_ssize_t max_body)
{
    long length = -1;
    const char *stop = find_word(*data, "\r\n\r\n", 4);
    if (stop == NULL || stop == data->at || stop - data->at > max_head)
        return NULL;
    PyObject *message = read_message(held, (span){data->at, stop}, &length);
    span body = {stop + 4, data->end};
    if (message == NULL || length > max_body || length > length_of(body)) {
        Py_XDECREF(message);
        return NULL;
    }
    body.end = body.at + (length < 0 ? 0 : length);
    data->at = body.end;
    if (length <= 0)
        return message;
    PyObject *bytes = PyBytes_FromStringAndSize(body.at, length_of(body));
    if (bytes == NULL || PyObject_SetAttr(message, held->body, bytes) < 0)
        Py_CLEAR(message);
    Py_XDECREF(bytes);
    return message;
}

static PyObject *read_whole(PyObject *self, PyObject *const *arguments, Py_ssize_t count)
{
    const context *held = context_of(self);
    if (held == NULL)
        return NULL;
    if (count != 3 || !PyBytes_Check(arguments[0])) {
        PyErr_SetString(PyExc_TypeError, "bytes and two bounds are needed");
        return NULL;
    }
    Py_ssize_t max_head = PyLong_AsSsize_t(arguments[1]), max_body = PyLong_AsSsize_t(arguments[2]);
    PyObject *messages = PyErr_Occurred() ? NULL : PyList_New(0), *message;
    span data = bytes_of(arguments[0]);
    while (messages != NULL && (message = next_message(held, &data, max_head, max_body)) != NULL) {
        if (PyList_Append(messages, message) < 0)
            Py_CLEAR(messages);
        Py_DECREF(message);
    }
    if (messages == NULL || PyErr_Occurred()) {
        Py_XDECREF(messages);
        return NULL;
    }
    return Py_BuildValue("(Nn)", messages, (Py_ssize_t)(data.at - PyBytes_AS_STRING(arguments[0])));
}

PyMethodDef READ_HEAD = {"read_head", read_head, METH_O, NULL};
PyMethodDef READ_WHOLE = {"read_whole", (PyCFunction)(void (*)(void))read_whole, METH_FASTCALL, NULL};
