// The tfjs variables of a parameter layout: named, zero, and with no tensor left beside them.
import * as tf from '@tensorflow/tfjs-core';

/** One variable for each slot, by name. tfjs knows variables by name: dispose of these before the same are made again. */
export function zeroVariables(
  slots: readonly { readonly name: string; readonly shape: readonly number[] }[],
): Map<string, tf.Variable> {
  return new Map(
    slots.map(({ name, shape }) => {
      const zeros = tf.zeros([...shape]);
      const variable = tf.variable(zeros, true, name);
      zeros.dispose();
      return [name, variable];
    }),
  );
}
