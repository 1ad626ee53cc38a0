/** What keeps Strata from starting, in one line that says what it is and what to do. Shown without a stack. */
export class StartError extends Error {
  override readonly name = "StartError";
}

/** The plain sentence for what a full disk or a folder that cannot be written looks like to Node or to a database server. */
export function plainCause(dataDir: string, detail: string): string | undefined {
  if (/ENOSPC|No space left|(errno|errcode|error)\W*28\b|disk (is )?full/i.test(detail))
    return `The disk of ${dataDir} is full: free some space, or set STRATA_DATA_DIR to a folder on another disk.`;
  if (/EACCES|EPERM|EROFS|ENOTDIR|Permission denied|(errno|errcode|error)\W*13\b/i.test(detail))
    return `The folder ${dataDir} cannot be written: give this user the right to, or set STRATA_DATA_DIR to another folder.`;
  if (/Unable to lock|already in use by another|Another process with pid/i.test(detail))
    return `Another database server works in ${dataDir}: stop it, or set STRATA_DATA_DIR to another folder.`;
  return undefined;
}
