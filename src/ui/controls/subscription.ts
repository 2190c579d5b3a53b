// Joins an element to a part of the instrument that changes by itself: the element renders again after each change.
import type { ReactiveController, ReactiveControllerHost } from 'lit';
import type { Changing } from '../../contract/emitter.ts';

/** Follows whatever `source` gives at each update, and lets go when the element leaves the page. */
export class Subscription implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #source: () => Changing | null;
  #followed: Changing | null = null;
  #stop: (() => void) | null = null;

  constructor(host: ReactiveControllerHost, source: () => Changing | null) {
    this.#host = host;
    this.#source = source;
    host.addController(this);
  }

  hostUpdate(): void {
    const source = this.#source();
    if (source === this.#followed) return;
    this.hostDisconnected();
    this.#followed = source;
    this.#stop = source?.subscribe(() => this.#host.requestUpdate()) ?? null;
  }

  hostConnected(): void {
    this.#host.requestUpdate();
  }

  hostDisconnected(): void {
    this.#stop?.();
    this.#stop = null;
    this.#followed = null;
  }
}
