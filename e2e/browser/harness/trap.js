/** What must never happen in a page, whatever was said in it. Watch sees to the page's policy. */

/** Lays the trap before the page loads anything: `pwned()` tells that a text was run as a program. Also sees where the page goes. */
export class Trap {
  /** Pages and frames that were opened, and what was asked of others than the page's own server. */
  wrong = [];

  static async lay(page, origin) {
    const trap = new Trap();
    await page.exposeBinding("e2ePwned", (_source, where) => trap.wrong.push(`ran in ${where}`));
    await page.addInitScript(() => (window.pwned = () => window.e2ePwned(location.href)));
    page.on("popup", (popup) => trap.wrong.push(`opened ${popup.url()}`));
    page.on("dialog", (dialog) => trap.wrong.push(`asked ${dialog.message()}`));
    page.on("download", (download) => trap.wrong.push(`loaded ${download.url()}`));
    page.on("framenavigated", (frame) => frame.url().startsWith(`${origin}/`) || trap.wrong.push(`went to ${frame.url()}`));
    page.on("request", (request) => own(request.url(), origin) || trap.wrong.push(`asked for ${request.url()}`));
    return trap;
  }
}

function own(url, origin) {
  return url.startsWith(`${origin}/`) || url.startsWith("data:image/");
}

/** Runs in the page: the elements that no part of it made, and the links that lead where none may. */
export function strange() {
  const made = "script:not(head script, [type=module]), iframe, frame, object, embed, base, math, template, style, meta[http-equiv], [role=log] :is(img, form, input, video), [srcdoc]";
  const wrong = [...document.querySelectorAll(made)].map((element) => element.outerHTML);
  for (const element of document.querySelectorAll("*")) {
    for (const { name } of element.attributes) if (name.startsWith("on")) wrong.push(`${name} in ${element.outerHTML}`);
  }
  for (const link of document.querySelectorAll("a[href], [action], [formaction]")) {
    const { protocol, origin } = new URL(link.getAttribute("href") ?? link.getAttribute("action") ?? link.getAttribute("formaction"), location.href);
    const safe = origin === location.origin || (["http:", "https:", "mailto:"].includes(protocol) && link.target === "_blank" && /noopener/u.test(link.rel));
    if (!safe) wrong.push(link.outerHTML);
  }
  return wrong;
}
