/** Documents with personal data in rows and fields: tables, records, markup, SQL. */

/** A file's ending and what is in it. */
export type Template = readonly [ending: string, text: string];

const csv = "{{person-name}},{{us-ssn:plain}},{{date-of-birth}},{{~order}},{{~number}}\n";
const tsv =
  "{{~number}}\t{{person-name:first}}\t{{person-name:last}}\t{{phone:plain}}\t{{email}}\t{{~nine}}\n";

export const forms: readonly Template[] = [
  [
    "csv",
    `Social Security Number,Date of Birth,Phone Number\r\n${"{{us-ssn:plain}},{{date-of-birth:us}},{{phone:plain}}\r\n".repeat(3)}`,
  ],
  ["txt", `SSN        Opened      Case\n${"{{us-ssn:plain}}  {{~date}}  {{~nine}}\n".repeat(3)}`],
  ["csv", `name,ssn,dob,order_id,count\n${csv.repeat(4)}`],
  [
    "csv",
    `Case;Social Security Number;Payment card;Amount\n${"{{~number}};{{us-ssn:plain}};{{payment-card:plain}};{{~decimal}}\n".repeat(3)}`,
  ],
  [
    "csv",
    `order,customer_phone,shipped,tracking\n${"{{~ten}},{{phone:plain}},{{~date}},{{~tracking}}\n".repeat(3)}`,
  ],
  [
    "csv",
    `id,iban,checked_at\n${"{{~number}},{{iban}},{{~timestamp}}\n{{~number}},{{iban:small}},{{~timestamp}}\n".repeat(2)}`,
  ],
  ["csv", `"Taxpayer ID","Filed"\n${'"{{us-itin:plain}}","{{~date}}"\n'.repeat(3)}`],
  ["tsv", `id\tfirst_name\tlast_name\tphone\temail\trow_hash\n${tsv.repeat(3)}`],
  ["txt", `MBI|Plan|Effective\n${"{{us-mbi}}|H{{~number}}|{{~date}}\n".repeat(3)}`],
  [
    "json",
    `{\n  "applicant": {\n    "fullName": "{{person-name}}",\n    "ssn": "{{us-ssn:plain}}",\n    "birthDate": "{{date-of-birth}}",\n    "homePhone": "{{phone}}",\n    "contactEmail": "{{email}}"\n  },\n  "requestId": "{{~uuid}}",\n  "createdAt": {{~millis}}\n}\n`,
  ],
  [
    "json",
    `[\n  {"patient": "{{person-name}}", "mbi": "{{us-mbi:dashes}}", "visit": "{{~timestamp}}"},\n  {"patient": "{{person-name}}", "mbi": "{{us-mbi}}", "visit": "{{~timestamp}}"}\n]\n`,
  ],
  [
    "json",
    `{"payments":[{"card":"{{payment-card:plain}}","auth":"{{~short}}","at":{{~epoch}}},{"iban":"{{iban}}","ref":"{{~nine}}"}]}\n`,
  ],
  [
    "json",
    `{\n  "driverLicense": "{{us-driving-licence}}",\n  "passportNumber": "{{us-passport}}",\n  "etag": "{{~sha1}}"\n}\n`,
  ],
  [
    "yaml",
    `resident:\n  name: {{person-name}}\n  ssn: {{us-ssn}}\n  address: {{street-address}}\n  dob: {{date-of-birth:us}}\nbuild:\n  commit: {{~sha1}}\n  version: {{~version4}}\n`,
  ],
  [
    "yaml",
    `contacts:\n  - name: {{person-name}}\n    mobile: "{{phone:e164}}"\n  - name: {{person-name}}\n    mobile: "{{phone:dots}}"\nservice: {{~uuid}}\n`,
  ],
  [
    "xml",
    `<?xml version="1.0"?>\n<claims id="{{~uuid}}">\n  <claim number="{{~nine}}">\n    <TaxpayerId>{{us-ssn:plain}}</TaxpayerId>\n    <DateOfBirth>{{date-of-birth}}</DateOfBirth>\n    <Phone>{{phone}}</Phone>\n  </claim>\n</claims>\n`,
  ],
  [
    "xml",
    `<Patient>\n  <FullName>{{person-name:middle}}</FullName>\n  <MedicareNumber>{{us-mbi}}</MedicareNumber>\n  <Email>{{email}}</Email>\n</Patient>\n`,
  ],
  [
    "html",
    `<table>\n<tr><th>Ticket</th><th>SSN</th><th>Born</th></tr>\n<tr><td>{{~nine}}</td><td>{{us-ssn:plain}}</td><td>{{~date}}</td></tr>\n<tr><td>{{~nine}}</td><td>{{us-ssn:spaces}}</td><td></td></tr>\n</table>\n`.replace(
      "Born",
      "Opened",
    ),
  ],
  [
    "html",
    `<dl>\n<dt>Social Security Number</dt>\n<dd>{{us-ssn:plain}}</dd>\n<dt>Order</dt>\n<dd>{{~nine}}</dd>\n</dl>\n<p>Write to <a href="mailto:{{email}}">us</a>.</p>\n`,
  ],
  [
    "sql",
    `INSERT INTO people (id, full_name, ssn, created) VALUES\n  ({{~number}}, '{{person-name}}', '{{us-ssn:plain}}', '{{~timestamp}}'),\n  ({{~number}}, '{{person-name}}', '{{us-ssn}}', '{{~timestamp}}');\nINSERT INTO orders (id, ref) VALUES ({{~nine}}, '{{~order}}');\n`,
  ],
  [
    "sql",
    `COPY public.contact (id, phone, ip, sha) FROM stdin;\n{{~number}}\t{{phone:plain}}\t{{ip-address}}\t{{~short}}\n{{~number}}\t{{phone:plain}}\t{{ip-address}}\t{{~short}}\n\\.\n\nSELECT {{~nine}};\n`,
  ],
  [
    "md",
    `| Name | Phone | Case |\n| --- | --- | --- |\n| {{person-name}} | {{phone}} | {{~nine}} |\n| {{person-name}} | {{phone:dots}} | {{~nine}} |\n`,
  ],
  [
    "ini",
    `[owner]\nemail={{email}}\nphone={{phone}}\nlicense_number_of_driver=none\ndl_number={{us-driving-licence}}\nkey={{~base64}}\n`,
  ],
  [
    "vcf",
    `BEGIN:VCARD\nVERSION:3.0\nFN:{{person-name}}\nTEL;TYPE=CELL:{{phone:e164}}\nEMAIL:{{email}}\nBDAY:{{date-of-birth:plain}}\nREV:{{~timestamp}}\nEND:VCARD\n`,
  ],
  [
    "py",
    `PEOPLE = [\n    Person(name="{{person-name}}", ssn="{{us-ssn}}", born=None),\n]\nDIGEST = "{{~sha256}}"\nTIMEOUT = {{~number}}\n`,
  ],
  [
    "ts",
    `export const fixture = {\n  cardNumber: "{{payment-card}}",\n  iban: "{{iban:groups}}",\n  traceId: "{{~uuid}}",\n  orderId: {{~nine}},\n};\n`,
  ],
];
