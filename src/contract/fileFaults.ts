// Failures of a file system, put into words.

/** What went wrong, in words for a user: system error codes are spelt out. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? String(error.code) : '';
  const words: Record<string, string> = {
    ENOENT: 'there is no such file or folder',
    ENOTDIR: 'a part of the path is a file, not a folder',
    EISDIR: 'it is a folder, not a file',
    EEXIST: 'a file of that name is in the way',
    ELOOP: 'its links lead in a circle',
    EACCES: 'permission denied',
    EPERM: 'permission denied',
    EROFS: 'the file system is read-only',
    ENOSPC: 'the disk is full',
    EMFILE: 'too many files are open',
    ENAMETOOLONG: 'the name is too long',
    EINVAL: 'the system refuses it',
    ERR_FS_FILE_TOO_LARGE: 'it is larger than can be read',
    ERR_INVALID_ARG_VALUE: 'the path holds a character that no path can have',
  };
  return Object.hasOwn(words, code) ? words[code] : error.message;
}
