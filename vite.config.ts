// How the page is built and served: relative addresses, ES module workers, and the headers that isolate the page.
import { defineConfig } from 'vite';

/** Cross-origin isolation: gives SharedArrayBuffer and precise timers where the browser has them; nothing requires it. */
const isolationHeaders = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'cross-origin',
};

export default defineConfig({
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
  server: { headers: isolationHeaders },
  preview: { headers: isolationHeaders },
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
