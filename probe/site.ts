/** Asks a site what it runs. */
import type { SiteSettings } from "../core/config";
import { quote } from "../core/quote";
import type { Receipt } from "../core/receipt";
import { parseServing, servingScript } from "./serving";
import { runOnSite } from "./ssh";
import { inTries } from "./tries";

/** What a site says that it runs; see `ask` for what it throws. */
export async function probeSite(service: string, settings: SiteSettings): Promise<Receipt> {
  const script = `${servingScript()}\n${quote(["serving", service])}\n`;
  const said = await inTries(settings, () => runOnSite(settings, script));
  return parseServing(said);
}
