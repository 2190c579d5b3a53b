// Texts of the recorder: running time and file names.

/** Minutes, seconds and tenths: `1:05.3`. */
export function clockText(seconds: number): string {
  const tenths = Math.floor(seconds * 10);
  const minutes = Math.floor(tenths / 600);
  return `${minutes}:${String(Math.floor((tenths % 600) / 10)).padStart(2, '0')}.${tenths % 10}`;
}

/** numvox-20261231-235959.wav, local time. */
export function takeName(date: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}${two(date.getMonth() + 1)}${two(date.getDate())}`;
  return `numvox-${day}-${two(date.getHours())}${two(date.getMinutes())}${two(date.getSeconds())}.wav`;
}
