// Unit aliases for public signatures: they cost nothing at run time and say what a number means.

/** A duration or a point of time, in seconds. */
export type Seconds = number;
/** A frequency or a rate, in hertz. */
export type Hertz = number;
/** A level or a gain, in decibels. */
export type Decibels = number;
/** A count or an index of audio samples at a rate named beside it. */
export type Samples = number;
/** A count or an index of spectrogram frames. */
export type Frames = number;
