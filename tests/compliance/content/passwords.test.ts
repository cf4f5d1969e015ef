import { describe, expect, test } from "@jest/globals";
import { findInText } from "../../../compliance/content/text";
import { randomOf } from "../corpus/random";

const random = randomOf(7);
/** Made at run time: this repository holds no secret. */
const signs = (count: number, of = "ABCDEFGHJKMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz23456789"): string =>
  random.signs(count, of);
const hex = (count: number): string => signs(count, "0123456789abcdef");
const password = ["S3cr3t", "x"].join("!");
const plain = ["summer", "2031"].join("");
const key = `${signs(30)}7q`;
const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** The rules of a text's secrets, of which nothing may be told. */
async function rules(text: string, file: string): Promise<string[]> {
  const found = await findInText(text, file);
  expect(JSON.stringify(found.map(({ sample }) => sample))).toMatch(/^\[(?:"\*+",?)*\]$/);
  return found.filter(({ category }) => category === "secret").map(({ rule }) => rule);
}

/** What is found as `rule`, each in a file of its kind. */
const found: readonly (readonly [rule: string, file: string, text: string])[] = [
  ["secret-password", "a.yml", `password: ${password}`],
  ["secret-password", "a.yml", `db:\n  password: ${plain} # of the new one`],
  ["secret-password", "a.yml", `password: "${password}"`],
  ["secret-password", "a.yml", `db: { user: app, password: ${plain} }`],
  ["secret-password", "a.yml", `- name: DB_PASSWORD\n  value: "${password}"`],
  ["secret-password", "a.yml", `- name: DB_PASSWORD\n  value: ${plain}`],
  ["secret-password", "a.yml", `kind: Secret\ndata:\n  password: ${base64(password)}`],
  ["secret-password", "a.yml", `kind: Secret\nstringData:\n  db-password: ${password}`],
  ["secret-password", "a.yml", "password: 80417263"],
  ["secret-password", ".env", `DB_PASSWORD="${password}"`],
  ["secret-password", ".env", `export DB_PASS='${plain}'`],
  ["secret-password", ".env", `PASSWORD_PROD=${plain}`],
  ["secret-password", "a.properties", `spring.datasource.password=${password}`],
  ["secret-password", "a.ini", `[client]\npassword = ${plain}`],
  ["secret-password", "a.json", JSON.stringify({ password })],
  ["secret-password", "a.json", JSON.stringify({ name: "ADMIN_PASSWORD", value: password })],
  ["secret-password", "a.json", JSON.stringify(JSON.stringify({ password }))],
  ["secret-password", "a.xml", `<password>${password}</password>`],
  ["secret-password", "a.xml", `<db.password>\n  ${plain}\n</db.password>`],
  ["secret-password", "a.xml", `<password><![CDATA[${plain}]]></password>`],
  ["secret-password", "a.xml", `<property name="connection.password" value="${plain}"/>`],
  ["secret-password", "a.xml", `<property name="connection.password">${plain}</property>`],
  ["secret-password", "a.xml", `<user name="bob" password="${plain}"/>`],
  ["secret-password", "a.tf", `  master_password = "${password}"`],
  ["secret-password", "a.sh", `PGPASSWORD=${plain} psql -h db`],
  ["secret-password", "a.sh", `tool --db-password=${plain} run`],
  ["secret-password", "a.sh", `tool --password '${password}' run`],
  ["secret-password", "a.sh", `mysql -u root -p'${password}' app`],
  ["secret-password", "a.sh", `mysqldump -uroot -p${plain} app`],
  ["secret-password", "a.sh", `docker login -u bob -p ${plain} r.agency.gov`],
  ["secret-password", "a.sh", `curl -s -u bob:${plain} https://r.agency.gov`],
  ["secret-password", "a.sh", `echo 'root:${plain}' | chpasswd`],
  ["secret-password", "a.sql", `CREATE USER app IDENTIFIED BY '${password}';`],
  ["secret-password", "a.sql", `ALTER ROLE app WITH PASSWORD '${password}';`],
  ["secret-password", "redis.conf", `requirepass ${plain}`],
  ["secret-password", "Dockerfile", `ENV DB_PASSWORD ${plain}`],
  ["secret-password", "a.ts", `const password = "${password}";`],
  ["secret-password", "a.ts", `connect({ user: "app", password: '${plain}' })`],
  ["secret-password", "a.ts", `const password: string = "${password}";`],
  ["secret-password", "a.ts", `run("PGPASSWORD=${plain} psql");`],
  ["secret-password", "a.go", `password := "${password}"`],
  ["secret-password", "a.py", `if password == "${password}":`],
  ["secret-password", "A.java", `source.setPassword("${password}");`],
  ["secret-password", "a.cs", `var dbPassword = @"${password}";`],
  ["secret-password", "a.rb", `{ :password => '${password}' }`],
  ["secret-password", "a.ps1", `ConvertTo-SecureString "${password}" -AsPlainText`],
  ["secret-password", "A.java", `props.put("password", "${password}");`],
  ["secret-password", "a.yml", `args: ["--password", "${password}"]`],
  ["secret-password", "a.yml", `password: \${DB_PASSWORD:-${plain}}`],
  ["secret-password", "a.html", `<input type="password" name="p" value="${plain}">`],
  ["secret-password", ".pgpass", `db.agency.gov:5432:app:bob:${plain}`],
  ["secret-password", "notes.md", `**Password:** ${password}`],
  ["secret-password", "notes.md", `Password: ${password} (ask Bob)`],
  ["secret-api-key", "a.yml", `api_key: ${key}`],
  ["secret-api-key", "a.ini", `apikey = ${hex(30)}4a`],
  ["secret-api-key", ".env", `CLIENT_SECRET=${key}`],
  ["secret-api-key", "a.json", JSON.stringify({ access_token: key })],
  ["secret-api-key", "a.ts", `const authToken = "${key}";`],
  ["secret-api-key", "a.sh", `curl -H "X-Api-Key: ${key}"`],
  ["secret-api-key", "a.yml", `kind: Secret\ndata:\n  token: ${base64(key)}`],
  ["secret-api-key", "a.py", `SECRET_KEY = "${key}"`],
  ["secret-api-key", "a.ini", `twilio_auth_token=${hex(30)}4a`],
  ["secret-password-hash", "htpasswd", `bob:$2y$05$${signs(53)}`],
  ["secret-password-hash", "htpasswd", `bob:$apr1$${signs(8)}$${signs(22)}`],
  ["secret-password-hash", "shadow", `root:$6$${signs(16)}$${signs(86)}:19000:0:99999:7:::`],
  ["secret-password-hash", "shadow", `root:$y$j9T$${signs(22)}$${signs(43)}:19000::::::`],
  ["secret-password-hash", "a.txt", `$argon2id$v=19$m=65536,t=3,p=4$${signs(22)}$${signs(43)}`],
  ["secret-connection-string", "a.sh", `sqlplus -s ${["scott", "tiger"].join("/")}@orcl`],
  ["secret-connection-string", "a.ini", `url=jdbc:oracle:thin:app/${plain}@//db:1521/orcl`],
  ["secret-connection-string", "a.ini", `login=app/${plain}@db.agency.gov:1521/orcl`],
  ["secret-token", "a.ts", `new Twilio("SK${hex(32)}")`],
  ["secret-token", "a.ts", `twilio("AC${hex(32)}", "${hex(32)}")`],
];

test.each(found)("%s in %s: %s", async (rule, file, text) => {
  expect(await rules(text, file)).toEqual([rule]);
});

test("the place told is the value's", async () => {
  expect(await findInText(`a: 1\npassword: "${password}"`, "a.yml")).toMatchObject([
    { line: 2, column: 12, sample: "********", severity: "high" },
  ]);
});

/** No findings, in whatever file they are. */
const anywhere: readonly string[] = [
  "password: ${DB_PASSWORD1}",
  'password: "{{ .Values.db1.password }}"',
  "password: <your-password-1>",
  "password: ${DB_PASSWORD:-changeme123}",
  "password: ${DB_PASSWORD:?must be set1}",
  'fields: ["user", "password", "sha256", "token", "step-2"]',
  "password=%DB_PASSWORD1%",
  "PGPASSWORD=$DB_PASSWORD1 psql",
  "PGPASSWORD=$(cat /run/secrets/db1) psql",
  "password: process.env.DB_PASSWORD1",
  'password = os.environ["DB_PASSWORD1"]',
  'password = os.getenv("DB_PASSWORD1")',
  "password: vault:secret/data/db1#password",
  "password: ref+vault://secret/db1#/password",
  "password: op://vault1/db/password",
  "password: ENC(Abc123defGHI)",
  "password: '{cipher}0a1b2c3d4e5f'",
  "password: !vault |",
  "password: '********'",
  "password: xxxxxxxx",
  "password: changeme",
  "password: changeme123",
  "password: Example123!",
  "password: password",
  "password: password123",
  "password: secret",
  "password: my-secret-password-1",
  "password: your-password",
  "password: TODO",
  "password:",
  'password: ""',
  "password: null",
  "password: true",
  "password: string",
  "password: string;",
  "password?: string | undefined;",
  "password: newPassword2(user)",
  "password = user.password2;",
  "Password: the word that you got by post in 2019, on paper",
  '"password": "Passwort"',
  '"password": "Mot de passe (8 signes)"',
  '"passwordHint": "8signs!min"',
  "password_url: /account/reset-password/v2",
  "password: /account/reset-password/v2",
  "password_file: /run/secrets/db1",
  "password: ./secrets/db1.txt",
  "DB_PASSWORD_FILE=/run/secrets/db1",
  "passwordPolicy: min8max64",
  "password_min_length: 12345678",
  "password: 12345678",
  "bypass: v2abc!x",
  "password: sha256",
  "passwordEncoder: pbkdf2-sha256",
  "<password>${db.password1}</password>",
  "<password>********</password>",
  '<label for="password1">Password</label>',
  '<input type="password" id="pw-input-1" name="pw1">',
  "- name: DB_PASSWORD\n  valueFrom:\n    secretKeyRef: { name: db1, key: password1 }",
  `kind: Secret\ndata:\n  password: ${base64("changeme")}`,
  "mysql -p'$DB_PASSWORD1' app",
  "docker run -p 8080:80 -p'127.0.0.1:80:80' web",
  "docker login -u bob --password-stdin",
  "curl -u bob:$TOKEN1 https://r.agency.gov",
  "CREATE USER app IDENTIFIED BY '${password1}';",
  "api_key: your-api-key-goes-here-123",
  `api_key: ${"0123456789abcdef".repeat(2)}`,
  "apiKey: process.env.MY_API_KEY_NUMBER_12",
  "token: my-service-account-token-v2-name-3",
  "secretName: db-credentials-v2-2031-11-17",
  "client_secret: ${CLIENT_SECRET_NUMBER_12}",
  `sortKey: ${signs(32)}`,
  `nextPageToken: ${signs(32)}4a`,
  `publicKeyToken=${hex(16)}`,
  '{"ClientRequestToken":"7d7ad684-7b3d-461a-b6d5-4be758ee986a"}',
  '["test-secret", "--from-literal=key3=val2"]',
  '["DB_PASSWORD", "=changeme1"]',
  `integrity: sha512-${signs(86)}==`,
  "uses: actions/checkout@v4",
  "import a from '@scope/package1@2.1.0/file'",
  "$2b$10$ has a cost of ten",
  `bob:$2y$05$${"x".repeat(53)}`,
  "sqlplus /nolog",
  "sqlplus app/$PASSWORD1@orcl",
];

test.each(anywhere)("no finding: %s", async (text) => {
  for (const file of ["a.yml", "a.ts", "a.md", ".env"]) expect(await rules(text, file)).toEqual([]);
});

describe("in a program, what has no quotes is a variable", () => {
  test.each(["password: word1two2", "password = row4col5;", "password := abc2def3", "password === x1y2z3w4"])(
    "%s",
    async (text) => {
      expect(await rules(text, "a.ts")).toEqual([]);
      expect(await rules(text.replace(/ .*? /, "=").replace(": ", "="), "a.env")).toEqual([
        "secret-password",
      ]);
    },
  );
});

test("passwords by the thousand, and a megabyte of beginnings, are no trouble", async () => {
  const many = Array.from({ length: 30_000 }, (_, at) => `password: ${plain}${at}x`).join("\n");
  for (const text of [
    many,
    ...[
      "password",
      "password: ",
      'password="',
      "<password>",
      "name=password ",
      "token=secret.",
      "mysql ",
      "curl -u a:",
      " -p'",
      "$2y$05$",
      "sqlplus a/",
      "a/bcdef@",
      "password: a ",
    ].map((piece) => piece.repeat(1_000_000 / piece.length)),
  ]) {
    const before = process.cpuUsage();
    await findInText(text, "a.txt");
    const { user } = process.cpuUsage(before);
    // In microseconds of a processor: others may be at work.
    expect(user / 1e6).toBeLessThan(4);
  }
}, 120_000);
