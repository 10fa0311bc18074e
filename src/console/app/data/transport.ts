/** The way to the API that served this page: Connect, with the access token of whoever is signed in. */
import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-web";
import { accessToken, resume } from "../auth/session.ts";

/** A token can be void before its time, by a new role or a key that is gone: the cookie's session may still be good. */
const signed: Interceptor = (next) => async (request) => {
  const token = await accessToken();
  if (token !== undefined) request.header.set("authorization", `Bearer ${token}`);
  try {
    return await next(request);
  } catch (error) {
    if (ConnectError.from(error).code !== Code.Unauthenticated || request.stream || !(await resume())) throw error;
    request.header.set("authorization", `Bearer ${await accessToken()}`);
    return await next(request);
  }
};

export const transport = createConnectTransport({ baseUrl: globalThis.location?.origin ?? "", interceptors: [signed] });
