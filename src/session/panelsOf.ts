// What a screen's panels see of a session: the page's and the plugin's alike.
import type { Session } from './session.ts';
import type { SessionApi } from './sessionApi.ts';

/** What the panels get from elsewhere; null for what a screen has not. */
export type BesideSession = Pick<SessionApi, 'map' | 'learn' | 'song' | 'notices' | 'keeping'>;

/** The session by its panels. */
export function panelsOf(session: Session, beside: BesideSession): SessionApi {
  const { state } = session;
  return {
    set: (id, value, label) => session.set(id, value, label),
    settle: () => state.settle(),
    startNew: () => session.startNew(),
    lyrics: session.lyrics,
    presets: session.presets,
    history: state.history,
    scenes: state.scenes,
    gesture: session.gesture,
    gesturePoints: session.gesturePoints,
    pads: session.pads,
    tuning: session.tuning,
    ...beside,
  };
}
