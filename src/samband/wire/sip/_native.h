/* What the files of the part in C share: spans of bytes, tables of names, and what a function is bound to. */

#ifndef SAMBAND_NATIVE_H
#define SAMBAND_NATIVE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <string.h>

/* ---- Spans of bytes */

typedef struct {
    const char *at;
    const char *end;
} span;

static inline Py_ssize_t length_of(span text) { return text.end - text.at; }

static inline int equals(span text, const char *word, Py_ssize_t size)
{
    return length_of(text) == size && memcmp(text.at, word, (size_t)size) == 0;
}

static inline const char *find_byte(span text, char wanted)
{
    return length_of(text) > 0 ? memchr(text.at, wanted, (size_t)length_of(text)) : NULL;
}

/* Where `word` begins, NULL where it does not stand in `text`. */
static inline const char *find_word(span text, const char *word, Py_ssize_t size)
{
    while (length_of(text) >= size) {
        span starts = {text.at, text.end - size + 1};
        const char *found = find_byte(starts, word[0]);
        if (found == NULL || memcmp(found, word, (size_t)size) == 0)
            return found;
        text.at = found + 1;
    }
    return NULL;
}

/* What `str.strip` takes away of ASCII. */
static inline int is_blank(char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r') || (byte >= 0x1c && byte <= 0x1f);
}

static inline span strip_end(span text)
{
    while (text.at < text.end && is_blank(text.end[-1]))
        text.end--;
    return text;
}

static inline span strip(span text)
{
    while (text.at < text.end && is_blank(*text.at))
        text.at++;
    return strip_end(text);
}

static inline int is_digit(char byte) { return byte >= '0' && byte <= '9'; }

static inline int is_letter(char byte) { return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z'); }

static inline int is_alphanumeric(span text)
{
    if (text.at == text.end)
        return 0;
    for (; text.at < text.end; text.at++)
        if (!is_digit(*text.at) && !is_letter(*text.at))
            return 0;
    return 1;
}

/* token of RFC 3261 25.1 */
static inline int is_token(span text)
{
    if (text.at == text.end)
        return 0;
    for (; text.at < text.end; text.at++)
        if (!is_digit(*text.at) && !is_letter(*text.at) && (*text.at == 0 || !strchr("-.!%*_+`'~", *text.at)))
            return 0;
    return 1;
}

/* One to nine digits, which a long holds everywhere; -1 for anything else. */
static inline long small_number(span text)
{
    long number = 0;
    if (length_of(text) < 1 || length_of(text) > 9)
        return -1;
    for (; text.at < text.end; text.at++) {
        if (!is_digit(*text.at))
            return -1;
        number = number * 10 + (*text.at - '0');
    }
    return number;
}

static inline int is_ascii(span text)
{
    unsigned char seen = 0;
    for (; text.at < text.end; text.at++)
        seen |= (unsigned char)*text.at;
    return seen < 0x80;
}

static inline PyObject *ascii_text(span text)
{
    PyObject *made = PyUnicode_New(length_of(text), 127);
    if (made != NULL && length_of(text) > 0)
        memcpy(PyUnicode_1BYTE_DATA(made), text.at, (size_t)length_of(text));
    return made;
}

/* The characters of a str that is ASCII; 0 for any other object. */
static inline int ascii_of(PyObject *object, span *text)
{
    if (!PyUnicode_CheckExact(object) || !PyUnicode_IS_COMPACT_ASCII(object))
        return 0;
    text->at = (const char *)PyUnicode_1BYTE_DATA(object);
    text->end = text->at + PyUnicode_GET_LENGTH(object);
    return 1;
}

/* ---- Tables of names: from how something is spelled to the one object that stands for it */

typedef struct {
    PyObject *spelled; /* a str that is ASCII; NULL: an empty place */
    PyObject *name;
} entry;

typedef struct {
    entry *entries;
    size_t mask; /* places, a power of two, less one; at least three in four are empty */
} table;

static inline size_t hash_of(span text)
{
    size_t hash = 2166136261u;
    for (; text.at < text.end; text.at++)
        hash = (hash ^ (unsigned char)*text.at) * 16777619u;
    return hash ^ (hash >> 15);
}

static inline entry *place_in(const table *names, span spelled)
{
    size_t place = hash_of(spelled) & names->mask;
    for (;; place = (place + 1) & names->mask) {
        entry *found = &names->entries[place];
        span text;
        if (found->spelled == NULL || (ascii_of(found->spelled, &text) && equals(spelled, text.at, length_of(text))))
            return found;
    }
}

static inline PyObject *name_in(const table *names, span spelled) { return place_in(names, spelled)->name; }

/* From a dict of str. 0, or -1 with an exception. */
int fill_table(table *names, PyObject *source);

void clear_table(table *names);

/* ---- What a bound function holds beside its equal */

typedef struct {
    PyObject *pure;
    table names;
    table methods;
    PyObject *canonical, *request, *response;
    PyObject *via, *from, *to, *call_id, *cseq, *content_length, *body;
} context;

extern const char CONTEXT[];

/* A capsule that holds a context with its equal and its names; NULL with an exception. */
PyObject *new_context(PyObject *pure, PyObject *names);

static inline context *context_of(PyObject *capsule) { return PyCapsule_GetPointer(capsule, CONTEXT); }

/* ---- What the leaves find, for other files */

/* The address of a From or To value; an empty span where there is none. */
span uri_of(span value);

/* The value of the parameter `key` (";tag=") of such a value, an empty span where there is none. Its `at` is NULL where
 * only Python knows. */
span param_of(span value, const char *key, Py_ssize_t size);

/* A parameter's value without its quotes: 0 where it is not ordinary. */
int ordinary_value(span text, span *value);

/* ---- Bytes that are written twice: once for their size, and once for good */

typedef struct {
    char *at;        /* NULL while only the size is wanted */
    Py_ssize_t size; /* of everything so far */
} sink;

/* 0 where the sum would be too large for anything. */
static inline int put(sink *out, const char *bytes, Py_ssize_t size)
{
    if (size > PY_SSIZE_T_MAX - out->size)
        return 0;
    if (out->at != NULL && size > 0) {
        memcpy(out->at, bytes, (size_t)size);
        out->at += size;
    }
    out->size += size;
    return 1;
}

/* ---- What is bound */

/* The function in C called `name` that makes signed text, whose `self` is to be what new_texts made. */
PyMethodDef *text_called(PyObject *name);

/* A capsule with what these functions need; NULL with an exception. */
PyObject *new_texts(PyObject *pure, PyObject *request, PyObject *response);

PyObject *read_signature(PyObject *self, PyObject *value);

extern PyMethodDef READ_HEAD, READ_WHOLE, READ_PARAMETERS, LEAVES[];

#endif
