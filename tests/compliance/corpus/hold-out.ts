/** Texts by hand, written apart from the detectors and from the other documents: what is tuned is not tuned to these. */
import type { Template } from "./forms";

export const holdOut: readonly Template[] = [
  ["csv", `name;email;city\n${"{{person-name}};{{email}};Tulsa\n".repeat(2)}`],
  ["json", `{\n  "patient": "{{person-name}}",\n  "rows": [\n    {"item": "{{~nine}}"}\n  ]\n}\n`],
  [
    "txt",
    `INTAKE FORM\n===========\nLast name.......: {{person-name:last}}\nFirst name......: {{person-name:first}}\nSoc. Sec. No....: {{us-ssn:plain}}\nD.O.B...........: {{date-of-birth:us}}\nDaytime tel.....: {{phone:plain}}\nIntake number...: {{~nine}}\n`,
  ],
  [
    "txt",
    `hi all, quick update: spoke with {{person-name}} ({{phone:dots}}) about the flooded basement at {{street-address}}. she said her ssn ({{us-ssn:plain}}) was on the old form. follow-up ticket is {{~ten}}.\n`,
  ],
  [
    "json",
    `{"resourceType":"Patient","id":"{{~uuid}}","identifier":[{"system":"http://hl7.org/fhir/sid/us-ssn","value":"{{us-ssn:plain}}"},{"system":"http://hl7.org/fhir/sid/us-mbi","value":"{{us-mbi}}"}],"birthDate":"{{date-of-birth}}","telecom":[{"system":"phone","value":"{{phone:plain}}"}],"meta":{"versionId":"{{~number}}","lastUpdated":"{{~timestamp}}"}}\n`,
  ],
  [
    "csv",
    `EmpID,LName,FName,SSN,HireDate,Mobile,WorkEmail\n${"{{~number}},{{person-name:last}},{{person-name:first}},{{us-ssn}},{{~date}},{{phone:dots}},{{email}}\n".repeat(3)}`,
  ],
  [
    "csv",
    `Txn ID,Card Number,Auth Code,Posted\n${"{{~nine}},{{payment-card:plain}},{{~short}},{{~date}}\n".repeat(3)}`,
  ],
  [
    "sql",
    `insert into CLAIMANT(CLAIM_NO, TAX_ID, DOB, PHONE_NO) values ({{~nine}}, {{us-ssn:plain}}, DATE '{{date-of-birth}}', '{{phone}}');\n`,
  ],
  [
    "log",
    `Nov 23 05:12:09 gw sshd[{{~number}}]: Failed password for invalid user pat from {{ip-address}} port {{~number}} ssh2\nNov 23 05:12:11 gw postfix/smtp[{{~number}}]: {{~short}}: to=<{{email}}>, relay=mx.example.net[192.0.2.9]:25, status=sent\n`,
  ],
  [
    "log",
    `level=info ts={{~timestamp}} msg="payment authorised" pan={{payment-card:plain}} rrn={{~nine}} trace_id={{~sha1}}\n`,
  ],
  [
    "md",
    `## Complaint 17\n\n* Complainant: {{person-name}}, {{street-address:weak}}, {{~city}}\n* Contact: {{email}} / {{phone}}\n* Filed: {{~date}}\n`,
  ],
  [
    "xml",
    `<w2 year="2025">\n <employee>\n  <ssn>{{us-ssn:plain}}</ssn>\n  <addr line1="{{street-address}}" zip="{{~zip9}}"/>\n </employee>\n <employer ein="12-3456789"/>\n</w2>\n`,
  ],
  [
    "html",
    `<form><label>Passport number <input name="passport" value="{{us-passport}}"></label><label>Reference <input name="ref" value="{{~nine}}"></label></form>\n<p>Call <a href="tel:{{phone:e164}}">the owner</a></p>\n`,
  ],
  [
    "yaml",
    `users:\n- login: u{{~number}}\n  e_mail: {{email}}\n  last_ip: {{ip-address}}\n  last_login: {{~timestamp}}\nretry: {{~number}}\n`,
  ],
  ["properties", `beneficiary.iban={{iban:groups}}\nbeneficiary.name={{person-name}}\njob.id={{~uuid}}\n`],
  [
    "txt",
    `CA DL {{us-driving-licence}} was shown at the counter. Driver licence # {{us-driving-licence}} was not. Business license 2021-118834 hangs on the wall.\n`,
  ],
  [
    "go",
    `var want = Applicant{\n\tSSN:   "{{us-ssn}}",\n\tITIN:  "{{us-itin:plain}}",\n\tEmail: "{{email}}",\n\tHash:  "{{~sha256}}",\n}\n`,
  ],
  [
    "txt",
    `Date of birth: {{date-of-birth:words}}\nPlace of birth: Ohio\nMedicare ID: {{us-mbi:small}}\nEnrolled: {{~date}}\n`,
  ],
  ["txt", `Wire it to IBAN {{iban:small}}, SWIFT COBADEFFXXX, amount 1,250.00, invoice 2026-004417.\n`],
  ["txt", `+++ dispatch: caller at {{coordinates}}, male, 54; cell {{phone:plain}} +++\n`],
  [
    "csv",
    `station_id,lat,lon,stage_ft,discharge_cfs,qualifier\n${"0{{~nine}},{{~decimal}},-{{~decimal}},{{~decimal}},{{~number}},A\n".repeat(5)}`,
  ],
  [
    "txt",
    `$ git log --oneline\n{{~short}} Bump lodash from 4.17.20 to 4.17.21\n{{~short}} Fix #{{~number}}\n$ docker images -q\n{{~short}}{{~short}}\n`,
  ],
  [
    "json",
    `{"name":"flood-formula","version":"{{~version}}","author":"Elmwood County GIS <support@elmwood.example>","repository":"git@github.com:elmwood/flood.git","config":{"port":8080,"build":"{{~ten}}"}}\n`,
  ],
  [
    "txt",
    `Invoice no. {{~phonelike}}  PO {{~nine}}  SKU {{~part}}  Serial {{~sixteen}}  Batch {{~tracking}}  Meter {{~ten}}\n`,
  ],
  [
    "py",
    `assert parse("{{~timestamp}}") == {{~epoch}}\nassert uuid.UUID("{{~uuid}}")\nVERSION = "{{~version4}}"\nUSER = "user@example.com"\nPHONE = "{{~phone}}"\nSSN = "{{~badssn}}"\n`,
  ],
  [
    "txt",
    `Appendix B, table 3.1.4.2: coefficients {{~decimal}} {{~decimal}} {{~decimal}} {{~nine}} {{~nine}} {{~nine}}\nISBN {{~isbn}}; doi:10.1000/{{~nine}}; RFC 8259; 10:15:32; 23-11-2026; 1-2-3\n`,
  ],
  [
    "css",
    `.a{color:#{{~short}};width:{{~decimal}}px;background:url(data:image/png;base64,{{~base64}})}\n@media (max-width:{{~number}}px){.b{margin:0}}\n`,
  ],
];
