/** Asks a site what it runs. */
import type { SiteSettings } from "../core/config";
import type { Receipt } from "../core/receipt";
import { parseServing, servingScript } from "./serving";
import { runOnSite } from "./ssh";
import { inTries } from "./tries";

/** What a site says that it runs; see `ask` for what it throws. */
export async function probeSite(service: string, settings: SiteSettings): Promise<Receipt> {
  // An enrolled site's gate knows the question by its words, and answers by its own script; any other site runs ours.
  const script = `${servingScript()}\n"$@"\n`;
  const said = await inTries(settings, () => runOnSite(settings, script, ["serving", service]));
  return parseServing(said);
}
