// How the page is built and served: relative addresses, ES module workers, what is done to a build, and the dev server's headers.
import { defineConfig } from 'vite';
import { everyAnswer } from './scripts/headers.mjs';
import { precompress } from './scripts/precompress.mjs';
import { servePrecompressed } from './scripts/serve.mjs';
import { printSizes } from './scripts/sizes.mjs';

export default defineConfig({
  plugins: [precompress(), printSizes(), servePrecompressed()],
  base: './',
  // No fallback page: a missing model file must be a 404, not a page.
  appType: 'mpa',
  // Node takes wavefile's bundled build and its default export; the page takes the same file.
  resolve: { alias: [{ find: /^wavefile$/, replacement: 'wavefile/dist/wavefile.js' }] },
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
      'tone/build/esm/core/Global.js',
      'tone/build/esm/core/context/Context.js',
      'tone/build/esm/core/context/Gain.js',
      'tone/build/esm/core/context/ToneAudioNode.js',
      'tone/build/esm/core/context/Delay.js',
      'tone/build/esm/component/filter/BiquadFilter.js',
      'midi-file',
      'webmidi',
      'wavefile/dist/wavefile.js',
      'zod',
      'fft.js',
      '@petamoriken/float16',
      '@tensorflow/tfjs-core',
      '@tensorflow/tfjs-backend-cpu',
      '@tensorflow/tfjs-backend-wasm',
      '@tensorflow/tfjs-backend-webgl',
    ],
  },
});
