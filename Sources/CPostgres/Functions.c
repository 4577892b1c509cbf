// libpq's functions that Swift calls, loaded when they are first called.
#include "CLibraries.h"
#include "CPostgres.h"

#define LAZY(result, name, parameters, arguments) TIDE_LAZY(TIDE_POSTGRES_LIBRARY, result, name, parameters, arguments)

// Addresses

LAZY(PQconninfoOption *, PQconninfoParse, (const char *address, char **problem), (address, problem))
LAZY(void, PQconninfoFree, (PQconninfoOption * options), (options))
LAZY(void, PQfreemem, (void *memory), (memory))

// Connections

LAZY(PGconn *, PQconnectdbParams, (const char *const *keys, const char *const *values, int expand),
     (keys, values, expand))
LAZY(PGconn *, PQconnectStartParams, (const char *const *keys, const char *const *values, int expand),
     (keys, values, expand))
LAZY(PGPing, PQpingParams, (const char *const *keys, const char *const *values, int expand), (keys, values, expand))
LAZY(PostgresPollingStatusType, PQconnectPoll, (PGconn * connection), (connection))
LAZY(int, PQconnectionNeedsPassword, (const PGconn *connection), (connection))
LAZY(void, PQfinish, (PGconn * connection), (connection))
LAZY(ConnStatusType, PQstatus, (const PGconn *connection), (connection))
LAZY(PGTransactionStatusType, PQtransactionStatus, (const PGconn *connection), (connection))
LAZY(char *, PQerrorMessage, (const PGconn *connection), (connection))
LAZY(int, PQsocket, (const PGconn *connection), (connection))
LAZY(int, PQconsumeInput, (PGconn * connection), (connection))
LAZY(PGnotify *, PQnotifies, (PGconn * connection), (connection))
LAZY(PGVerbosity, PQsetErrorVerbosity, (PGconn * connection, PGVerbosity verbosity), (connection, verbosity))
LAZY(PQnoticeProcessor, PQsetNoticeProcessor, (PGconn * connection, PQnoticeProcessor processor, void *context),
     (connection, processor, context))

// Results

LAZY(PGresult *, PQexec, (PGconn * connection, const char *command), (connection, command))
LAZY(PGresult *, PQprepare,
     (PGconn * connection, const char *name, const char *command, int count, const Oid *types),
     (connection, name, command, count, types))
LAZY(PGresult *, PQexecPrepared,
     (PGconn * connection, const char *name, int count, const char *const *values, const int *lengths,
      const int *formats, int format),
     (connection, name, count, values, lengths, formats, format))
LAZY(PGresult *, PQexecParams,
     (PGconn * connection, const char *command, int count, const Oid *types, const char *const *values,
      const int *lengths, const int *formats, int format),
     (connection, command, count, types, values, lengths, formats, format))
LAZY(ExecStatusType, PQresultStatus, (const PGresult *result), (result))
LAZY(char *, PQresultErrorField, (const PGresult *result, int field), (result, field))
LAZY(char *, PQcmdTuples, (PGresult * result), (result))
LAZY(int, PQntuples, (const PGresult *result), (result))
LAZY(int, PQnfields, (const PGresult *result), (result))
LAZY(char *, PQfname, (const PGresult *result, int column), (result, column))
LAZY(Oid, PQftype, (const PGresult *result, int column), (result, column))
LAZY(int, PQgetisnull, (const PGresult *result, int row, int column), (result, row, column))
LAZY(int, PQgetlength, (const PGresult *result, int row, int column), (result, row, column))
LAZY(char *, PQgetvalue, (const PGresult *result, int row, int column), (result, row, column))
LAZY(void, PQclear, (PGresult * result), (result))
