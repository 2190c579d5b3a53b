// How clips with pitch and voicing are played.

/**
 * 'harmonic': voiced parts as sinusoids locked to the pitch, the rest by phase reconstruction; 'spectrogram': all by phase
 * reconstruction. Clips of a format without tracks are always played as spectrograms.
 */
export type Playing = 'harmonic' | 'spectrogram';

export const playings: readonly Playing[] = ['harmonic', 'spectrogram'];

export const defaultPlaying: Playing = 'harmonic';
