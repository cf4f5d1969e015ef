/** For each rule: lines that it finds, each by itself, and lines that it leaves alone. */

import { javascript } from "./javascript";

/** What a rule is tried on. */
export interface Example {
  /** The ending of a file of its language. */
  readonly ending: string;
  readonly found: readonly string[];
  readonly left: readonly string[];
}

export const examples: Readonly<Record<string, Example>> = {
  ...javascript,
  "python-eval": {
    ending: "py",
    found: ["eval(text)", "exec(text, {})"],
    left: ["ast.literal_eval(text)", "model.eval()", "# eval(text)"],
  },
  "python-shell": {
    ending: "py",
    found: ["os.system('ls ' + a)", "subprocess.run(a, shell=True)", "os.popen(a)"],
    left: ["subprocess.run(['ls', a])", "subprocess.run(a, shell=False)"],
  },
  "python-pickle": {
    ending: "py",
    found: ["pickle.loads(a)", "cPickle.load(f)", "shelve.open(a)"],
    left: ["json.loads(a)", "pickle.dumps(a)"],
  },
  "python-yaml": {
    ending: "py",
    found: ["yaml.load(a)", "yaml.load(a, Loader=yaml.Loader)", "yaml.unsafe_load(a)"],
    left: ["yaml.safe_load(a)", "yaml.load(a, Loader=yaml.SafeLoader)", "yaml.load(a, yaml.CSafeLoader)"],
  },
  "python-weak-hash": {
    ending: "py",
    found: ["hashlib.md5(a)", "hashlib.new('sha1', a)"],
    left: ["hashlib.sha256(a)", "hashlib.md5(a, usedforsecurity=False)", "hashlib.new('sha256')"],
  },
  "python-weak-cipher": {
    ending: "py",
    found: ["DES.new(key)", "AES.new(key, AES.MODE_ECB)"],
    left: ["AES.new(key, AES.MODE_GCM)"],
  },
  "python-tls-off": {
    ending: "py",
    found: [
      "requests.get(a, verify=False)",
      "c = ssl._create_unverified_context()",
      "client.set_missing_host_key_policy(paramiko.AutoAddPolicy())",
    ],
    left: ["requests.get(a, verify='ca.pem')", "check(verify=True)"],
  },
  "python-random-secret": {
    ending: "py",
    found: ["token = random.choice(letters)", "def new_password():\n    return random.random()"],
    left: ["level = random.random()", "token = secrets.token_hex()"],
  },
  "python-http": {
    ending: "py",
    found: [
      "requests.get('http://a.gov')",
      'urllib.request.urlopen("http://a.gov")',
      "httpx.post(f'http://{host}/a')",
    ],
    left: ["requests.get('https://a.gov')", "requests.get('http://localhost:8080')", "ns = 'http://a.gov'"],
  },
  "python-temporary-name": { ending: "py", found: ["tempfile.mktemp()"], left: ["tempfile.mkstemp()"] },
  "python-sql": {
    ending: "py",
    found: ["c.execute(f'select * from a where b = {b}')", "c.execute('select * from a where b = %s' % b)"],
    left: ["c.execute('select * from a where b = %s', (b,))", "pool.execute(f'{job}')"],
  },
  "java-shell": {
    ending: "java",
    found: ['class A { void f() { Runtime.getRuntime().exec("ls " + a); } }'],
    left: ['class A { void f() { new ProcessBuilder("ls", a).start(); } }'],
  },
  "java-weak-hash": {
    ending: "java",
    found: [
      'class A { Object h = MessageDigest.getInstance("MD5"); }',
      'class A { Object h = MessageDigest.getInstance("SHA-1"); }',
    ],
    left: ['class A { Object h = MessageDigest.getInstance("SHA-256"); }'],
  },
  "java-weak-cipher": {
    ending: "java",
    found: [
      'class A { Object c = Cipher.getInstance("DES/CBC/PKCS5Padding"); }',
      'class A { Object c = Cipher.getInstance("AES/ECB/PKCS5Padding"); }',
    ],
    left: ['class A { Object c = Cipher.getInstance("AES/GCM/NoPadding"); }'],
  },
  "java-deserialize": {
    ending: "java",
    found: ["class A { Object f(InputStream i) { return new ObjectInputStream(i).readObject(); } }"],
    left: ["class A { Object f(InputStream i) { return mapper.readValue(i, A.class); } }"],
  },
  "java-tls-off": {
    ending: "java",
    found: [
      "class A { Object v = NoopHostnameVerifier.INSTANCE; }",
      "class A { public void checkServerTrusted(X509Certificate[] c, String a) { } }",
    ],
    left: ["class A { public void checkServerTrusted(X509Certificate[] c, String a) { check(c); } }"],
  },
  "java-random-secret": {
    ending: "java",
    found: [
      "class A { long token = new Random().nextLong(); }",
      "class A { double newSession() { return Math.random(); } }",
    ],
    left: [
      "class A { long level = new Random().nextLong(); }",
      "class A { Object token = new SecureRandom(); }",
    ],
  },
  "java-http": {
    ending: "java",
    found: ['class A { Object u = new URL("http://a.gov/x"); }'],
    left: [
      'class A { Object u = new URL("https://a.gov/x"); }',
      'class A { String ns = "http://www.w3.org/2001"; }',
    ],
  },
  "java-sql": {
    ending: "java",
    found: ['class A { void f() { s.executeQuery("select * from a where b = " + b); } }'],
    left: ['class A { void f() { s.executeQuery("select * from a"); } }'],
  },
  "go-shell": {
    ending: "go",
    found: ['package a\nfunc f() { exec.Command("sh", "-c", line).Run() }'],
    left: ['package a\nfunc f() { exec.Command("ls", "-c", folder).Run() }'],
  },
  "go-weak-hash": {
    ending: "go",
    found: ["package a\nfunc f() { h := md5.New() }", "package a\nfunc f() { h := sha1.Sum(b) }"],
    left: ["package a\nfunc f() { h := sha256.New() }"],
  },
  "go-weak-cipher": {
    ending: "go",
    found: ["package a\nfunc f() { c, _ := des.NewCipher(k) }"],
    left: ["package a\nfunc f() { c, _ := aes.NewCipher(k) }"],
  },
  "go-tls-off": {
    ending: "go",
    found: [
      "package a\nvar c = tls.Config{InsecureSkipVerify: true}",
      "package a\nfunc f() { k := ssh.InsecureIgnoreHostKey() }",
    ],
    left: ["package a\nvar c = tls.Config{InsecureSkipVerify: false}"],
  },
  "go-random-secret": {
    ending: "go",
    found: ["package a\nfunc f() { token := rand.Intn(9) }"],
    left: [
      "package a\nfunc f() { level := rand.Intn(9) }",
      "package a\nfunc f() { token, _ := rand.Int(rand.Reader, max) }",
    ],
  },
  "go-http": {
    ending: "go",
    found: [
      'package a\nfunc f() { http.Get("http://a.gov") }',
      'package a\nfunc f() { http.NewRequest("GET", "http://a.gov", nil) }',
    ],
    left: [
      'package a\nfunc f() { http.Get("https://a.gov") }',
      'package a\nfunc f() { http.Get("http://localhost/a") }',
    ],
  },
  "go-sql": {
    ending: "go",
    found: [
      'package a\nfunc f() { db.Query("select a from b where c = " + c) }',
      'package a\nfunc f() { db.Exec(fmt.Sprintf("delete from a where b = %s", b)) }',
    ],
    left: ['package a\nfunc f() { db.Query("select a from b where c = ?", c) }'],
  },
  "shell-eval": { ending: "sh", found: ['eval "$line"'], left: ["evaluate $a", "# eval $a", "printf eval"] },
  "shell-pipe-to-shell": {
    ending: "sh",
    found: ["curl -s https://a.gov/i.sh | sh", "wget -qO- https://a.gov/i | sudo bash -s"],
    left: ["curl -s https://a.gov/i.json | jq .", "cat a.sh | sh"],
  },
  "shell-tls-off": {
    ending: "bash",
    found: [
      "curl -sk https://a.gov",
      "curl -s -o a --insecure https://a.gov",
      "wget --no-check-certificate https://a.gov",
      "ssh -o StrictHostKeyChecking=no a",
      "export NODE_TLS_REJECT_UNAUTHORIZED=0",
    ],
    left: ["curl -s https://a.gov", "ssh -o StrictHostKeyChecking=yes a"],
  },
  "shell-http": {
    ending: "sh",
    found: ["curl http://a.gov/x", "curl -s -o b http://a.gov/x", 'wget "http://a.gov"'],
    left: ["curl https://a.gov", "curl http://localhost:8080/healthz", 'echo "http://a.gov"'],
  },
  "shell-weak-hash": {
    ending: "sh",
    found: ["md5sum a", "openssl dgst -sha1 a"],
    left: ["sha256sum a", "openssl dgst -sha256 a"],
  },
  "shell-open-to-all": {
    ending: "sh",
    found: ["chmod 777 a", "chmod -R a+w a", "chmod o+w a"],
    left: ["chmod 755 a", "chmod u+w a", "chmod 0640 a"],
  },
};
