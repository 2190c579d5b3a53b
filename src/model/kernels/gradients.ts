// Registers the gradients of every TensorFlow.js operation: core's entry for Node leaves them out, so the build bundles them.
import '../../../generated/gradients.mjs';
