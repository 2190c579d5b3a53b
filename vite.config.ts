// How the page is built and served: relative addresses, ES module workers, what is done to a build, and the dev server's headers.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { everyAnswer } from './scripts/headers.mjs';
import { precompress } from './scripts/precompress.mjs';
import { servePrecompressed } from './scripts/serve.mjs';
import { printSizes } from './scripts/sizes.mjs';

/** What Tone.js and the wasm backend get in place of programs that are never run. */
const nativeAudio = new URL('src/output/nativeAudio.ts', import.meta.url);
const noThreads = new URL('src/model/kernels/noThreads.ts', import.meta.url);

/** The single modules of TensorFlow.js' backends that the worker imports. */
const backends = readFileSync(new URL('src/model/kernels/browserBackends.ts', import.meta.url), 'utf8');
const backendModules = backends.match(/@tensorflow\/tfjs-backend-[^']+/g) ?? [];

export default defineConfig({
  plugins: [precompress(), printSizes(), servePrecompressed()],
  base: './',
  // No fallback page: a missing model file must be a 404, not a page.
  appType: 'mpa',
  resolve: {
    alias: [
      { find: 'standardized-audio-context', replacement: fileURLToPath(nativeAudio) },
      { find: /^.*\/tfjs-backend-wasm-threaded-simd(\.worker)?\.js$/, replacement: fileURLToPath(noThreads) },
    ],
  },
  worker: { format: 'es' },
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    // tfjs in the inference worker is larger than the default warning allows.
    chunkSizeWarningLimit: 2500,
    // A busy machine is no fault of a plugin.
    rolldownOptions: { checks: { pluginTimings: false } },
  },
  server: { headers: everyAnswer },
  optimizeDeps: {
    // A dependency met for the first time makes the dev server reload the page, in the middle of a note.
    include: [
      'lit',
      'lit/directives/class-map.js',
      'tone/build/esm/core/clock/Transport.js',
      'tone/build/esm/core/context/Context.js',
      'tone/build/esm/core/context/ToneWithContext.js',
      'tone/build/esm/core/context/Gain.js',
      'tone/build/esm/core/context/ToneAudioNode.js',
      'tone/build/esm/core/context/Delay.js',
      'tone/build/esm/component/filter/BiquadFilter.js',
      'midi-file',
      'webmidi',
      'zod/mini',
      'zod/v4/locales/en.js',
      'fft.js',
      '@petamoriken/float16',
      '@tensorflow/tfjs-core',
      ...backendModules,
    ],
  },
});
