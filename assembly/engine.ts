// Entry of generated/engine.wasm and generated/engine-scalar.wasm: the hot loops that src/dsp/wasmLoops.ts calls.
//
// All pointers are byte addresses in the memory of pffft, which this module imports together with pffft's
// transform, so that spectra are made and used in place. Arithmetic is written once, over a type that is v128
// where the module is compiled with SIMD and f32 where it is not (engine/lanes.ts). The module keeps no data of
// its own.
export { configure, emit, project, synthesise } from './engine/frames';
export { invertMel, invertMelColumns } from './engine/melLoops';
export { logarithms, startPhases } from './engine/phases';
export { gather, split } from './engine/voicing';
export { harmonics } from './engine/harmonicLoops';
export { interpolate } from './engine/interpolate';
