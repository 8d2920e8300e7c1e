// An issuer of OpenID Connect on 127.0.0.1 (the npm package oidc-provider), at which whoever gives a name is let in.
// Prints its URL when it listens; ends with its input. Arguments: the client's id and its scopes.
import { createServer } from "node:http";
import { Provider } from "oidc-provider";

const [client, ...scopes] = process.argv.slice(2);

const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: client,
        // A native client's redirection to the loopback may go to any port (RFC 8252, section 7.3).
        application_type: "native",
        redirect_uris: ["http://127.0.0.1/console/index.html"],
        token_endpoint_auth_method: "none",
        grant_types: ["authorization_code"],
        response_types: ["code"],
      },
    ],
    clientBasedCORS: () => true,
    cookies: { keys: ["not-a-secret"] },
    pkce: { required: () => true },
    scopes: ["openid"],
    features: {
      devInteractions: { enabled: true },
      // Whatever is not asked for a resource of its own is a token for the API: a JWT whose audience is the client.
      resourceIndicators: {
        enabled: true,
        defaultResource: () => "urn:faxledger",
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: scopes.join(" "),
          audience: client,
          accessTokenFormat: "jwt",
          accessTokenTTL: 600,
        }),
      },
    },
  });
  server.on("request", provider.callback());
  console.log(issuer);
});
process.stdin.on("end", () => process.exit()).resume();
