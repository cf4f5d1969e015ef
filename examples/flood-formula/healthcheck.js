"use strict";

// Asks the service of this container how it is: exit code 0 healthy, 1 not.
const http = require("node:http");

const fail = (why) => {
  console.error(why);
  process.exit(1);
};

http
  .get(
    {
      host: process.env.HOST || "127.0.0.1",
      port: Number(process.env.PORT || 8080),
      path: "/healthz",
      timeout: 2000,
      agent: false,
    },
    (response) => {
      if (response.statusCode !== 200) fail(`/healthz answers ${response.statusCode}`);
      response.resume();
    },
  )
  .on("timeout", () => fail("/healthz does not answer within 2 s"))
  .on("error", (error) => fail(`/healthz can't be asked: ${error.message}`));
