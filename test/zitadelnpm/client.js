// Makes calls with ZITADEL's own npm clients and tells what came of them.
//
//   node client.js CLIENT URL TOKEN < calls > answers
//
// CLIENT is grpc or grpc-web, both of @zitadel/client, or node, which is @zitadel/node. A call is a line such as
// {"call":"VerifyMyPhone","arg":"123456"}, for the second service with a user. An answer is one too, see told and failed.
import { createInterface } from "node:readline";
import { ConnectError } from "@connectrpc/connect";
import { createServerTransport } from "@zitadel/client/node";
import { createClientTransport } from "@zitadel/client/web";
import { createAuthServiceClient } from "@zitadel/client/v1";
import { createUserServiceClient } from "@zitadel/client/v2";
import { createAccessTokenInterceptor, createAuthClient } from "@zitadel/node/dist/api/index.js";
import { ErrorDetailSchema } from "@zitadel/proto/zitadel/message_pb";

const [kind, url, token] = process.argv.slice(2);
const transport = { grpc: createServerTransport, "grpc-web": createClientTransport }[kind]?.(token, { baseUrl: url });
const auth = transport
  ? createAuthServiceClient(transport)
  : createAuthClient(url, createAccessTokenInterceptor(token));
const users = transport && createUserServiceClient(transport);

const wishes = { send: { case: "sendCode", value: {} }, return: { case: "returnCode", value: {} } };
const calls = {
  GetMyPhone: () => auth.getMyPhone({}),
  SetMyPhone: ({ arg }) => auth.setMyPhone({ phone: arg }),
  VerifyMyPhone: ({ arg }) => auth.verifyMyPhone({ code: arg }),
  ResendMyPhoneVerification: () => auth.resendMyPhoneVerification({}),
  RemoveMyPhone: () => auth.removeMyPhone({}),
  SetPhone: ({ user, arg, wish }) => users.setPhone({ userId: user, phone: arg, verification: wishes[wish] }),
  ResendPhoneCode: ({ user, wish }) => users.resendPhoneCode({ userId: user, verification: wishes[wish] }),
  VerifyPhone: ({ user, arg }) => users.verifyPhone({ userId: user, verificationCode: arg }),
  RemovePhone: ({ user }) => users.removePhone({ userId: user }),
};

const told = ({ details, phone, verificationCode }) => ({
  code: 0, message: "", id: "", sequence: Number(details?.sequence ?? 0), owner: details?.resourceOwner ?? "",
  phone: phone?.phone ?? "", verified: phone?.isPhoneVerified ?? false, verificationCode: verificationCode ?? "",
});

// failed reads an error as applications do: @zitadel/node leaves the details to them, in the error's text only.
const failed = (error) => error instanceof ConnectError
  ? { code: error.code, message: error.rawMessage, id: error.findDetails(ErrorDetailSchema)[0]?.id ?? "" }
  : { code: error.code, message: error.details, id: /\(([^)]*)\)$/.exec(error.details)?.[1] ?? "" };

for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  const answer = await calls[asked.call](asked).then(told, failed);
  process.stdout.write(JSON.stringify(answer) + "\n");
}
process.exit();
