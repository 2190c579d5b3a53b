// Entry of generated/gemm.wasm: everything that src/model/kernels calls.
export { packB, packedFloats, product, productScratchFloats } from './gemm';
export { convolution, convolutionScratchFloats } from './convolution';
export { leakyRelu, leakyReluGradient, sumColumns, sumRows } from './elementwise';
export { narrowConvolution } from './narrow';
