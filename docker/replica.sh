#!/bin/bash
# Makes the server `replica` follow the server `primary` by GTID, once. MYSQL_PWD is root's password on both.
set -euo pipefail
on_replica() { mysql --host=replica --user=root "$@"; }
if [ -n "$(on_replica --execute='SHOW REPLICA STATUS')" ]; then echo "The replica follows already."; exit 0; fi
on_replica <<SQL
RESET BINARY LOGS AND GTIDS;
CHANGE REPLICATION SOURCE TO SOURCE_HOST = 'primary', SOURCE_USER = 'strata_repl', SOURCE_PASSWORD = '$STRATA_REPLICATION_PASSWORD',
  SOURCE_AUTO_POSITION = 1, SOURCE_SSL = 1, SOURCE_CONNECT_RETRY = 1, SOURCE_RETRY_COUNT = 0, SOURCE_HEARTBEAT_PERIOD = 1;
START REPLICA;
SET PERSIST super_read_only = ON;
SQL
echo "The replica follows the primary."
