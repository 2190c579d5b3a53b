// The schema library for everything that a browser loads: Zod's small build, which leaves its messages out, with the English ones.
import * as z from 'zod/mini';
import en from 'zod/v4/locales/en.js';

// Without code made at run time, which the page's security policy forbids and Zod would try for.
z.config({ ...en(), jitless: true });

export { z };
