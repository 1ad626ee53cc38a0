#!/bin/bash
# Runs once, when the primary's data is made: Strata's schemas and users, as in shared/mysqld/admin.sql.ts. The runtime user
# may ask how replication stands; the migrations grant it its tables one by one.
set -euo pipefail
MYSQL_PWD="$MYSQL_ROOT_PASSWORD" mysql --user=root --socket=/var/run/mysqld/mysqld.sock <<SQL
CREATE DATABASE strata_sales CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE DATABASE strata_dispatch CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE DATABASE strata_warehouse CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE USER 'strata'@'%' IDENTIFIED BY '$STRATA_DB_PASSWORD';
GRANT REPLICATION CLIENT ON *.* TO 'strata'@'%';
CREATE USER 'strata_migrate'@'%' IDENTIFIED BY '$STRATA_MIGRATE_PASSWORD';
GRANT ALL PRIVILEGES ON \`strata\\_%\`.* TO 'strata_migrate'@'%' WITH GRANT OPTION;
CREATE USER 'strata_repl'@'%' IDENTIFIED BY '$STRATA_REPLICATION_PASSWORD';
GRANT REPLICATION SLAVE ON *.* TO 'strata_repl'@'%';
SQL
