// The transform, imported from pffft under this file's name.

/** pffft_transform_ordered(setup, input, output, work, 0 = forward | 1 = backward) */
export declare function transform(
  setup: usize,
  input: usize,
  output: usize,
  work: usize,
  direction: i32,
): void;
