// Entry of the page.
import './app.ts';
