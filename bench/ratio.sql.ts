export const SERVER_FACTS = `
  SELECT CONCAT(@@version_comment, ' ', VERSION()) AS version,
         @@innodb_flush_log_at_trx_commit AS flushAtCommit,
         @@sync_binlog AS syncBinlog`;
