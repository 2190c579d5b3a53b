// The plugin: a WAM 2 module whose node is played by an instrument of ours.
import type { WamDescriptor } from '@webaudiomodules/api';
import { WebAudioModule } from '@webaudiomodules/sdk';
import { InputError, messageOf, quoted } from '../contract/errors.ts';
import { defaultAssets } from '../instrument/assets.ts';
import { InstrumentError } from '../instrument/instrumentError.ts';
import { requireUsable } from '../instrument/audioContext.ts';
import { nativeContextOf } from '../instrument/nativeContext.ts';
import { loadWorkletModule } from '../worklet/workletModules.ts';
import { descriptor } from './descriptor.ts';
import { NumvoxNode } from './numvoxNode.ts';

/** In a variable: bundlers rewrite `new URL` of a literal and `import.meta.url`, and would look for the file while they build. */
const here = import.meta.url;
const processorFile = 'wamProcessor.js';
/** A context that does not run may not answer; then nothing is known to be wrong. */
const longestAnswerMs = 2000;

let instances = 0;

/**
 * The default export of the plugin.
 * @example
 * const { default: Numvox } = await import('https://plugins.example/numvox/index.js');
 * const [groupId] = await initializeWamHost(audioContext);
 * const plugin = await Numvox.createInstance(groupId, audioContext);
 * plugin.audioNode.connect(audioContext.destination);
 * plugin.audioNode.scheduleEvents({ type: 'wam-midi', data: { bytes: [0x90, 60, 100] }, time: 1.5 });
 */
export class NumvoxModule extends WebAudioModule<NumvoxNode> {
  readonly #guis = new WeakSet<Element>();
  readonly #instanceId = `${descriptor.identifier}/${++instances}-${Math.random().toString(36).slice(2)}`;

  constructor(groupId: string, audioContext: BaseAudioContext) {
    super(groupId, audioContext);
    this._descriptor = { ...descriptor, keywords: [...descriptor.keywords] };
    this._descriptorUrl = '';
  }

  /** The SDK's is a time, which two that are made at once have in common. */
  override get instanceId(): string {
    return this.#instanceId;
  }

  override get descriptor(): WamDescriptor {
    return this._descriptor;
  }

  /** Loads the plugin with a state of its own, which the SDK's would drop; without one it is as at first. */
  override async initialize(state?: unknown): Promise<this> {
    this._audioNode ??= await this.createAudioNode(state);
    this._initialized = true;
    return this;
  }

  /**
   * @throws InstrumentError (rejection) when the host has no WAM environment or group, or something cannot be loaded
   */
  override async createAudioNode(initialState?: unknown): Promise<NumvoxNode> {
    const { audioContext } = this;
    if (nativeContextOf(audioContext) !== audioContext) {
      throw new InstrumentError(
        'audio',
        'The audio context is one around another, whose nodes are not native; hand in the native one, in Tone.js getContext().rawContext of a context made around it.',
      );
    }
    requireUsable(audioContext);
    const processor = new URL(processorFile, here).href;
    let node: NumvoxNode;
    try {
      await loadWorkletModule(audioContext, processor);
      node = new NumvoxNode(this, defaultAssets(here));
    } catch (reason) {
      throw new InstrumentError(
        'audio',
        `The plugin's processor could not be started: ${messageOf(reason)}; ` +
          `the host has to await initializeWamHost(audioContext) before, and ${processor} has to be reachable.`,
        { cause: reason },
      );
    }
    try {
      await Promise.all([node.open(initialState), isAccepted(node, this.groupId)]);
    } catch (reason) {
      await node.close();
      throw reason;
    }
    return node;
  }

  /**
   * An element of its own each time; it fills the width that it is given, from 360 px on.
   * @throws InstrumentError (rejection) before the plugin is loaded and once it was destroyed
   */
  override async createGui(): Promise<Element> {
    const { createPluginGui } = await import('./pluginGui.ts');
    if (!this._initialized || !this.audioNode.isOpen) {
      throw new InstrumentError(
        'closed',
        'The plugin is not loaded or was destroyed, and has nothing to show; await createInstance, or make another instance.',
      );
    }
    const gui = createPluginGui(this.audioNode);
    this.#guis.add(gui);
    return gui;
  }

  /**
   * Takes a screen away; twice does no harm.
   * @throws InputError when it is none of this plugin's: the host's own element would be gone
   */
  override destroyGui(gui: Element): void {
    if (!this.#guis.has(gui)) {
      throw new InputError(
        `destroyGui: gui must be an element that createGui of this instance gave, got ${quoted(gui)}; hand in that one`,
      );
    }
    gui.remove();
  }
}

/** The processor throws where the host's group is not known. */
function isAccepted(node: NumvoxNode, groupId: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, longestAnswerMs);
    node.onprocessorerror = () => {
      clearTimeout(timer);
      reject(
        new InstrumentError(
          'audio',
          `The audio context has no WAM group ${groupId}; hand in the first value that initializeWamHost(audioContext) resolved with.`,
        ),
      );
    };
    const answered = (): void => {
      clearTimeout(timer);
      resolve();
    };
    // Where it was closed meanwhile, whoever closed it says why.
    node.answers().then(answered, answered);
  });
}
