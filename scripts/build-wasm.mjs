// Builds the WebAssembly that the project needs into generated/: compiles assembly/*.ts and copies library binaries whose packages
// do not export them by path.
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const root = new URL('../', import.meta.url);
const generated = new URL('generated/', root);

/** True when a WebAssembly binary holds a data section (id 11), which would overwrite the heap that it is given. */
function hasDataSection(bytes) {
  let at = 8;
  while (at < bytes.length) {
    const id = bytes[at++];
    let size = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      size |= (byte & 127) << shift;
      if (byte < 128) break;
    }
    if (id === 11 && size > 1) return true;
    at += size;
  }
  return false;
}

/** Compiles one AssemblyScript entry that works in the memory of its host. */
async function compile(entry, output, features) {
  const { error, stderr } = await asc.main([
    `assembly/${entry}`,
    ...['--baseDir', fileURLToPath(root)],
    ...['--outFile', `generated/${output}`],
    ...['--runtime', 'stub', '--importMemory', '--noExportMemory', '--noAssert', '-O3'],
    ...features.flatMap((feature) => ['--enable', feature]),
  ]);
  if (error) throw new Error(`assembly/${entry} does not compile: ${stderr.toString()}`, { cause: error });
  if (hasDataSection(readFileSync(new URL(output, generated)))) {
    throw new Error(`generated/${output} holds static data, which would land in its host's heap; remove it`);
  }
}

mkdirSync(generated, { recursive: true });
await compile('kernels.ts', 'gemm.wasm', ['simd']);
await compile('kernels.ts', 'gemm-relaxed.wasm', ['simd', 'relaxed-simd']);
await compile('engine.ts', 'engine.wasm', ['simd']);
await compile('engine.ts', 'engine-scalar.wasm', []);

// pffft's exports map hides its binaries; numvox loads them synchronously with its own loader, without the package's glue.
for (const [entry, output] of [
  ['@echogarden/pffft-wasm/simd', 'pffft.wasm'],
  ['@echogarden/pffft-wasm', 'pffft-scalar.wasm'],
]) {
  copyFileSync(new URL('pffft.wasm', import.meta.resolve(entry)), new URL(output, generated));
}
