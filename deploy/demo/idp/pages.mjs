// Pages of the demonstration's identity providers: plain, accessible, and saying on each that they are no real ones.
const STYLE = `
  :root { color-scheme: light; font: 1.0625rem/1.5 system-ui, sans-serif; }
  body { margin: 0; background: #f4f5f7; color: #1d2733; }
  .warning { margin: 0; padding: .6rem 1rem; background: #5b2a86; color: #fff; text-align: center; }
  main { max-width: 34rem; margin: 2.5rem auto; padding: 2rem; background: #fff; border: 1px solid #c9d0d8; border-radius: .5rem; }
  h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 .5rem; }
  ul { list-style: none; margin: 1.5rem 0 0; padding: 0; display: grid; gap: .75rem; }
  button { display: block; width: 100%; padding: .9rem 1rem; font: inherit; text-align: left; cursor: pointer;
    background: #fff; color: inherit; border: 2px solid #41566e; border-radius: .4rem; }
  button:hover { background: #eef3f9; }
  button:focus-visible { outline: 3px solid #5b2a86; outline-offset: 2px; }
  b { display: block; font-size: 1.1rem; }
  small { font-size: .95rem; color: #44505e; }
  .row { display: flex; gap: .75rem; margin-top: 1.5rem; }
  .row button { width: auto; }
  @media (max-width: 40rem) { main { margin: 0; border: 0; border-radius: 0; } }
`;

const ESCAPES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const text = (value) => String(value ?? '').replace(/[&<>"']/g, (one) => ESCAPES[one]);

function page(issuer, title, content) {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text(title)} – ${text(issuer.name)}</title><style>${STYLE}</style></head>
<body><p class="warning" role="note"><strong>Demonstration.</strong> This is no real identity provider: it asks for no password.</p>
<main><h1>${text(title)}</h1>
${content}
</main></body></html>`;
}

export function chooser(issuer, uid) {
  const people = issuer.people.map((one) => `<li><button name="person" value="${text(one.sub)}"><b>${text(one.name)}</b>
<small>${text(one.says)}</small></button></li>`).join('\n');
  return page(issuer, `Sign in at ${issuer.name}`, `<p>Choose who you are. You go back to the AI Board hub as this person.</p>
<form method="post" action="/interaction/${text(uid)}"><ul>
${people}
</ul><div class="row"><button name="person" value="">Cancel</button></div></form>`);
}

export function signOut(issuer, form) {
  return page(issuer, `Sign out of ${issuer.name} too?`, `${form}
<p>You are signed out of the AI Board hub. Your session here, at the identity provider, can end as well.</p>
<div class="row"><button form="op.logoutForm" name="logout" value="yes" autofocus>Sign out here too</button>
<button form="op.logoutForm">Stay signed in here</button></div>`);
}

export function signedOut(issuer) {
  return page(issuer, 'You are signed out', `<p>Your session at ${text(issuer.name)} is over.</p>`);
}

export function failure(issuer, { error, error_description: why }) {
  return page(issuer, 'This did not work', `<p>${text(error)}</p><p>${text(why)}</p>`);
}
