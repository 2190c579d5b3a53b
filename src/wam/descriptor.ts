// What hosts are told of the plugin: the WAM 2 descriptor. Inline, since one that is fetched would be looked for beside the host's page.
import type { WamDescriptor } from '@webaudiomodules/api';
import { version } from '../contract/version.ts';

/** The icon of the page, small enough to travel in the descriptor: hosts show it before anything of the plugin is loaded. */
const thumbnail = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" rx="14" fill="#0a0d12"/>' +
    '<g stroke-width="5" stroke-linecap="round"><path d="M12 26v12" stroke="#7ee2b0"/><path d="M22 16v32" stroke="#6fc9ee"/>' +
    '<path d="M32 22v20" stroke="#b39cf0"/><path d="M42 10v44" stroke="#ffc65c"/><path d="M52 27v10" stroke="#ff8f86"/></g></svg>',
)}`;

/**
 * The `has*` flags say what events do here: notes, controllers, MPE and automation are played; notes and controllers, MPE's too, go on to
 * what is connected. Audio, exclusive messages and OSC that come in are not heard.
 */
export const descriptor: Readonly<WamDescriptor> = {
  identifier: 'com.numvox.instrument',
  name: 'numvox',
  vendor: 'numvox',
  version,
  apiVersion: '2.0.0',
  thumbnail,
  keywords: [
    'instrument',
    'synthesizer',
    'voice',
    'speech',
    'digits',
    'neural',
    'vae',
    'polyphonic',
    'mpe',
    'arpeggiator',
  ],
  isInstrument: true,
  description: 'Spoken digits from a variational autoencoder, played live.',
  website: '',
  hasAudioInput: false,
  hasAudioOutput: true,
  hasAutomationInput: true,
  hasAutomationOutput: false,
  hasMidiInput: true,
  hasMidiOutput: true,
  hasMpeInput: true,
  hasMpeOutput: true,
  hasOscInput: false,
  hasOscOutput: false,
  hasSysexInput: false,
  hasSysexOutput: false,
};
