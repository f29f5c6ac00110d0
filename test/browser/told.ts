/** Pages of the site of stores, as tests tell them what to do. */
import type { Browser, BrowserContext, Page } from "playwright-core";
import type { Life } from "./pages/life.ts";
import type { Verb } from "./pages/verbs.ts";
import type { End, StoreSite } from "./site.ts";

/** What `pages/page.ts` leaves on the page's window. */
interface Told {
  inWorker(verb: Verb, life: unknown, isNew: boolean): Promise<unknown>;
  inPage(verb: Verb, life: unknown): Promise<unknown>;
  end(): void;
}

type OnPage = { readonly told: Told };

export async function visited(site: StoreSite, browser: Browser | BrowserContext): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(site.url);
  return page;
}

/** Where a store of this kind is used: OPFS is written by workers alone, and IndexedDB by pages too. */
export type Where = "page" | "worker";

/** @param isNew whether the worker is a new one, or that of before */
export async function tell(
  page: Page,
  where: Where,
  verb: Verb,
  given: unknown,
  isNew = true,
): Promise<unknown> {
  return page.evaluate(
    ([where, verb, given, isNew]) => {
      const { told } = window as unknown as OnPage;
      return where === "page" ? told.inPage(verb, given) : told.inWorker(verb, given, isNew);
    },
    [where, verb, given, isNew] as const,
  );
}

/** Ends the page's worker, wherever it is. */
export async function endWorker(page: Page): Promise<void> {
  await page.evaluate(() => (window as unknown as OnPage).told.end());
}

/** Lives up to a write, and stands still there: before it, or in the middle of it. */
export async function livesUpTo(
  {
    site,
    page,
    where,
    life,
  }: { readonly site: StoreSite; readonly page: Page; readonly where: Where; readonly life: Life },
  { write, torn }: Pick<End, "write" | "torn">,
): Promise<void> {
  await new Promise<void>((come, fail) => {
    site.ends.set(life.name, { write, torn, come });
    // Its page ends, sooner or later.
    tell(page, where, "live", life).then(
      () => fail(new Error(`it has no write ${write}`)),
      (error) => (/closed|crash|destroyed/.test(String(error)) ? undefined : fail(error)),
    );
  });
  site.ends.delete(life.name);
}
