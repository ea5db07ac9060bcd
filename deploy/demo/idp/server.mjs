// Identity providers of the demonstration and the tests: one process, a certified OpenID Connect implementation, an
// issuer for each entry of the file named by the first argument. Whoever comes picks a person from a list: never use
// it for anything else. Prints `ready` when all issuers listen.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import Provider, { errors } from 'oidc-provider';
import { chooser, failure, signedOut, signOut } from './pages.mjs';

const LEVELS = ['http://eidas.europa.eu/LoA/low', 'http://eidas.europa.eu/LoA/substantial', 'http://eidas.europa.eu/LoA/high'];
const INTERACTION = /^\/interaction\/([\w-]{1,80})$/;

function signingKey(issuer) {
  const jwk = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
  return { ...jwk, kid: `${issuer.code}-${randomBytes(4).toString('hex')}`, use: 'sig', alg: 'ES256' };
}

function configuration(issuer) {
  const people = new Map(issuer.people.map((one) => [one.sub, one]));
  return {
    clients: [{
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      id_token_signed_response_alg: 'ES256',
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: 'ES256',
      ...issuer.client,
    }],
    jwks: { keys: [signingKey(issuer)] },
    enabledJWA: { idTokenSigningAlgValues: ['ES256'], clientAuthSigningAlgValues: ['ES256', 'HS256'] },
    clientAuthMethods: ['private_key_jwt', 'client_secret_basic', 'client_secret_post'],
    acrValues: LEVELS,
    claims: {
      openid: ['sub', 'groups'],
      profile: ['name', 'given_name', 'family_name'],
      email: ['email', 'email_verified'],
    },
    scopes: ['openid', 'profile', 'email'],
    // Cookies know no ports: issuers on one host need names of their own.
    cookies: {
      keys: [randomBytes(32).toString('hex')],
      names: { session: `idp_${issuer.code}`, interaction: `idp_${issuer.code}_i`, resume: `idp_${issuer.code}_r` },
    },
    pkce: { required: () => true },
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => { ctx.body = signOut(issuer, form); },
        postLogoutSuccessSource: (ctx) => { ctx.body = signedOut(issuer); },
      },
    },
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    issueRefreshToken: async (_ctx, client) => Boolean(issuer.refresh) && client.grantTypeAllowed('refresh_token'),
    rotateRefreshToken: true,
    ttl: { AccessToken: 600, AuthorizationCode: 60, IdToken: 600, Interaction: 900, Session: 32400, Grant: 32400, RefreshToken: 32400 },
    renderError: (ctx, out) => { ctx.type = 'html'; ctx.body = failure(issuer, out); },
    findAccount: (_ctx, sub) => people.has(sub) && { accountId: sub, claims: async () => claimsOf(people.get(sub)) },
    loadExistingGrant: grantAll,
    // The library refuses to call this machine; the hub's address for logouts is just that here.
    fetch: (address, options) => { delete options.dispatcher; return globalThis.fetch(address, options); },
  };
}

function claimsOf({ acr, password, says, ...claims }) {
  return { email_verified: true, ...claims };
}

/** No question of consent: an authority's provider has agreed for its staff. */
async function grantAll(ctx) {
  const known = ctx.oidc.session.grantIdFor(ctx.oidc.client.clientId);
  const existing = known && await ctx.oidc.provider.Grant.find(known);
  if (existing) return existing;
  const grant = new ctx.oidc.provider.Grant({ accountId: ctx.oidc.session.accountId, clientId: ctx.oidc.client.clientId });
  grant.addOIDCScope('openid profile email');
  await grant.save();
  return grant;
}

/** The list of people, and the choice from it. */
function choosing(issuer, provider) {
  return async (ctx, next) => {
    if (!INTERACTION.test(ctx.path)) return next();
    try {
      const details = await provider.interactionDetails(ctx.req, ctx.res);
      if (ctx.method !== 'POST') {
        ctx.type = 'html';
        ctx.body = chooser(issuer, details.uid);
        return undefined;
      }
      const { person } = form(await bodyOf(ctx.req));
      const chosen = issuer.people.find((one) => one.sub === person);
      const result = chosen
        ? { login: { accountId: chosen.sub, acr: chosen.acr ?? LEVELS[2], amr: ['hwk'] } }
        : { error: 'access_denied', error_description: 'Nobody was chosen.' };
      ctx.respond = false;
      return await provider.interactionFinished(ctx.req, ctx.res, result, { mergeWithLastSubmission: false });
    } catch (error) {
      if (!(error instanceof errors.OIDCProviderError)) throw error;
      ctx.status = 400;
      ctx.type = 'html';
      ctx.body = failure(issuer, { error: error.error });
      return undefined;
    }
  };
}

function form(text) {
  return Object.fromEntries(new URLSearchParams(text));
}

async function bodyOf(request) {
  let text = '';
  for await (const piece of request) {
    text += piece;
    if (text.length > 10_000) throw new errors.InvalidRequest('too long');
  }
  return text;
}

function headers(ctx, next) {
  ctx.set('Content-Security-Policy', "frame-ancestors 'none'; base-uri 'none'"); // the library's own pages use scripts
  ctx.set('X-Content-Type-Options', 'nosniff');
  return next();
}

function listen(issuer) {
  const address = new URL(issuer.issuer);
  const provider = new Provider(issuer.issuer, configuration(issuer));
  provider.use(headers);
  provider.use(choosing(issuer, provider));
  provider.on('server_error', (_ctx, error) => console.error(error));
  return new Promise((done) => createServer(provider.callback()).listen(Number(address.port), '127.0.0.1', done));
}

const issuers = JSON.parse(readFileSync(process.argv[2], 'utf8'));
await Promise.all(issuers.map(listen));
console.log('ready');
