// The schema library for everything that a browser loads: Zod's small build, which leaves its messages out, with the English ones.
import * as z from 'zod/mini';
import en from 'zod/v4/locales/en.js';

z.config(en());

export { z };
