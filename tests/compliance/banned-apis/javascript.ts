/** Lines for the rules on JavaScript. */
import type { Example } from "./code";

export const javascript: Readonly<Record<string, Example>> = {
  "js-eval": {
    ending: "js",
    found: ["eval(text);", "window.eval(text)", "new Function('a', text)", "setTimeout('go()', 1)"],
    left: ["evaluate(text)", "setTimeout(() => go(), 1)", "// eval(text)", "const a = 'eval(x)';"],
  },
  "js-vm": {
    ending: "ts",
    found: ["vm.runInNewContext(text as string)", "const s: vm.Script = new vm.Script(text);"],
    left: ["vm.start(text)"],
  },
  "js-shell": {
    ending: "ts",
    found: [
      "child_process.exec(command)",
      "cp.execSync(`ls ${folder}`)",
      'exec("ls " + folder, done)',
      'require("node:child_process").exec(x)',
      "spawn('ls', [], { shell: true })",
    ],
    left: ["execFile('ls', [folder])", "/a/.exec(text)", "exec(job)", "spawn('ls', [], { shell: false })"],
  },
  "js-weak-hash": {
    ending: "tsx",
    found: ['crypto.createHash("md5")', "createHash('SHA1').update(a)", 'createHmac("sha-1", key)'],
    left: ['crypto.createHash("sha256")', "createHash(name)", "<p>md5</p>"],
  },
  "js-weak-cipher": {
    ending: "cjs",
    found: [
      'crypto.createCipher("aes192", p)',
      "createCipheriv('des-ede3', k, v)",
      "c.createDecipheriv('aes-128-ecb', k, v)",
    ],
    left: ['crypto.createCipheriv("aes-256-gcm", k, v)'],
  },
  "js-tls-off": {
    ending: "mjs",
    found: [
      "const a = { rejectUnauthorized: false };",
      "process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';",
      "o.rejectUnauthorized = false;",
    ],
    left: ["const a = { rejectUnauthorized: true };", "process.env.NODE_TLS_REJECT_UNAUTHORIZED = '1';"],
  },
  "js-random-secret": {
    ending: "js",
    found: [
      "const token = Math.random().toString(36);",
      "user.password = 'a' + Math.random();",
      "const a = { sessionId: Math.random() };",
      "function newToken() { return Math.random(); }",
    ],
    left: ["const jitter = Math.random();", "const token = crypto.randomUUID();"],
  },
  "js-http": {
    ending: "ts",
    found: [
      'fetch("http://gauges.agency.gov/levels")',
      "axios.post(`http://${host}/a`, body)",
      "http.get('http://a.org')",
    ],
    left: [
      'fetch("https://a.gov")',
      'fetch("http://localhost:80/a")',
      'fetch("http://127.0.0.1")',
      "const ns = 'http://a.gov';",
    ],
  },
  "js-html": {
    ending: "js",
    found: ["document.write(text)", "a.innerHTML = text;", "a.insertAdjacentHTML('beforeend', text)"],
    left: ["a.innerHTML = '';", "a.textContent = text;"],
  },
  "js-sql": {
    ending: "ts",
    found: ["db.query(`select * from a where b = ${b}`)", 'db.execute("delete from a where b = " + b, [])'],
    left: [
      "db.query('select * from a where b = $1', [b])",
      "db.query(`select 1 from a`)",
      "a.query('x' + y)",
    ],
  },
};
