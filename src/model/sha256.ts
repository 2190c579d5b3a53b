// SHA-256 of bundle files: the one place that hashes, in browsers and in Node.

/**
 * SHA-256 of bytes, one piece after the other, in lower-case hexadecimal. The platform's own: an instrument needs AudioWorklet,
 * which browsers give, as they give `crypto.subtle`, to pages that were served securely or by localhost.
 */
export async function sha256Of(pieces: readonly (ArrayBuffer | Uint8Array<ArrayBuffer>)[]): Promise<string> {
  const bytes = pieces.length === 1 ? pieces[0] : await new Blob([...pieces]).arrayBuffer();
  const digest = await crypto.subtle.digest('SHA-256', bytes);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
