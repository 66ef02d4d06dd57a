/* getaddrinfo for one client: it knows the names of the table in CLIENT_NAMES ("ADDRESS NAME" a line), and no others.

   CLIENT_MACHINE, where it is set, is what the client takes for the name of its machine.

   The table is read at every call and nothing is shared between threads: libnss_wrapper's, which is read at the first
   call, brings a client down whose threads make their first call at once. */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

typedef int (*lookup)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
typedef int (*machine)(char *, size_t);

static int is_number(const char *node)
{
    unsigned char bytes[sizeof(struct in6_addr)];
    return inet_pton(AF_INET, node, bytes) == 1 || inet_pton(AF_INET6, node, bytes) == 1;
}

/* Writes the address of `node` to `address`, which has room for 64 characters; whether there is one. */
static int find(const char *node, char *address)
{
    const char *path = getenv("CLIENT_NAMES");
    FILE *table = path ? fopen(path, "re") : NULL;
    char name[256];
    int found = 0;
    if (table == NULL)
        return 0;
    while (!found && fscanf(table, "%63s %255s", address, name) == 2)
        found = strcasecmp(name, node) == 0;
    fclose(table);
    return found;
}

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **results)
{
    lookup real = (lookup)dlsym(RTLD_NEXT, "getaddrinfo");
    char address[64];
    int status;
    if (node == NULL || is_number(node) || strcasecmp(node, "localhost") == 0)
        return real(node, service, hints, results);
    if (!find(node, address))
        return EAI_NONAME;
    status = real(address, service, hints, results);
    if (status == 0 && (*results)->ai_canonname != NULL) {
        free((*results)->ai_canonname);
        (*results)->ai_canonname = strdup(node);
    }
    return status;
}

int gethostname(char *name, size_t room)
{
    machine real = (machine)dlsym(RTLD_NEXT, "gethostname");
    const char *own = getenv("CLIENT_MACHINE");
    if (own == NULL)
        return real(name, room);
    if (strlen(own) >= room) {
        errno = ENAMETOOLONG;
        return -1;
    }
    strcpy(name, own);
    return 0;
}
