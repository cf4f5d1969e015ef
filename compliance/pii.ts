/** Personal data in a text. It lies in `content/`; this is where the rest of the suite takes it from. */
export { findPii, findPiiInName, redact } from "./content/pii";
