-- The two roles of an installation and its database, made once by the superuser. `migrate` signs in as the first and
-- grants the second what the product needs. docker-compose.yml lets psql run this when PostgreSQL is set up, and a test
-- of Bodega runs it with passwords of its own.

\getenv owner_password OWNER_PASSWORD
\getenv bodega_password BODEGA_PASSWORD

CREATE ROLE bodega_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE bodega LOGIN PASSWORD :'bodega_password';
-- Who owns everything also sees what the application is doing, and can end it.
GRANT bodega TO bodega_owner;
CREATE DATABASE bodega OWNER bodega_owner;
-- Whoever opened the connection, a lost machine's locks are free within seconds; the product asks for the same itself, and
-- what stands still for longer, such as the turn of a migration, says so.
ALTER DATABASE bodega SET idle_in_transaction_session_timeout = '10s';
ALTER DATABASE bodega SET tcp_keepalives_idle = 5;
ALTER DATABASE bodega SET tcp_keepalives_interval = 2;
ALTER DATABASE bodega SET tcp_keepalives_count = 3;
ALTER DATABASE bodega SET tcp_user_timeout = '10s';
ALTER DATABASE bodega SET client_connection_check_interval = '5s';
