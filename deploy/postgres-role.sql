-- Settings of the role `greenroom`, run as superuser: psql -f deploy/postgres-role.sql
-- They stand here because pgBouncer refuses them in a connection's address, and because a SET by one client would be met
-- by the next one on the same server connection.

-- No page and no job needs a statement this long; a runaway one must not keep one of the few server connections.
ALTER ROLE greenroom SET statement_timeout = '10s';

-- A process that hangs inside a transaction holds locks: end it. pgBouncer ends its side after the same time.
ALTER ROLE greenroom SET idle_in_transaction_session_timeout = '60s';

-- Who waits for a row longer than this is told to try later. It is shorter than statement_timeout so that the error says
-- which of the two it was. Migrations set their own, shorter one.
ALTER ROLE greenroom SET lock_timeout = '5s';

ALTER ROLE greenroom SET timezone = 'UTC';
