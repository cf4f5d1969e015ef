/** Given names that are common in the US, by the Social Security Administration's yearly lists, and elsewhere; in small letters. */
const names = `
james robert john michael david william richard joseph thomas christopher charles daniel matthew anthony mark donald
steven andrew paul joshua kenneth kevin brian timothy ronald george jason edward jeffrey ryan jacob nicholas gary eric
jonathan stephen larry justin scott brandon benjamin samuel gregory alexander patrick frank raymond jack dennis jerry
tyler aaron jose adam nathan henry zachary douglas peter kyle noah ethan jeremy walter christian keith roger terry austin
sean gerald carl harold dylan arthur lawrence jordan jesse bryan billy bruce gabriel joe logan alan juan albert willie
elijah wayne randy vincent mason roy ralph bobby russell bradley philip eugene liam oliver lucas mateo levi theodore
sebastian owen asher leo hudson ezra luca wyatt isaac julian maverick grayson elias josiah caleb miles nolan adrian
eli isaiah cooper ian connor jaxon hunter angel ezekiel carter everett jameson dominic xavier luis carlos miguel jorge
pedro diego antonio francisco manuel ricardo fernando eduardo javier roberto rafael sergio alejandro andres oscar hector
ramon raul victor ruben alberto marco mario omar ivan cesar edgar martin pablo enrique julio ernesto gustavo felipe
mary patricia jennifer linda elizabeth barbara susan jessica karen sarah lisa nancy sandra betty ashley emily kimberly
margaret donna michelle carol amanda melissa deborah stephanie rebecca sharon laura cynthia dorothy amy kathleen angela
shirley emma brenda pamela nicole anna samantha katherine christine debra rachel carolyn janet maria olivia heather helen
catherine diane julie victoria joyce lauren kelly christina ruth joan virginia judith evelyn hannah andrea megan cheryl
jacqueline madison teresa abigail sophia martha sara gloria janice kathryn ann isabella judy charlotte julia grace amber
alice jean denise frances danielle marilyn natalie beverly diana brittany theresa kayla alexis doris lori tiffany ava mia
amelia harper gianna luna camila ella scarlett sofia aria penelope chloe layla mila nora hazel riley zoey lily aurora
violet nova eleanor lucy stella hailey leah paisley naomi elena aaliyah ariana allison audrey claire bella skylar savannah
genesis kennedy caroline sadie ruby rosa ana carmen lucia gabriela juana guadalupe margarita isabel teresa veronica
silvia yolanda alicia leticia adriana claudia monica beatriz raquel marta pilar dolores consuelo esperanza josefina
priya anita sunita deepa kavita neha pooja raj rajesh sanjay vijay amit anil ravi suresh arjun rohan vikram aditya krishna
lakshmi meera asha nisha wei li ming jing yan hui xin mei ling jun chen hiroshi kenji yuki akira sakura haruto yuna minh
linh thuy hoa lan huong tuan hung duc nguyen jin min soo hyun ji sung kim mohammed muhammad mohamed ahmed ali hassan
hussein ibrahim omar yusuf khalid abdul fatima aisha amina mariam zainab layla noor leila yasmin samira nadia tariq karim
dmitri sergei ivan vladimir natasha olga tatiana irina svetlana anastasia katarina magda agnieszka piotr wojciech marek
lars erik sven ingrid astrid bjorn hans klaus jurgen heinrich greta liesel pierre jacques francois marie claire genevieve
giovanni giuseppe lorenzo francesca giulia alessandro chiara kwame kofi ama akua chidi ngozi oluwaseun adebayo chioma
tyrone darnell jamal latoya keisha tamika deshawn malik imani ebony jasmine destiny brianna kiara trinity aaliyah
maya sienna isla ivy willow freya phoebe imogen poppy daisy matilda beatrice harriet florence edith agnes mabel ethel
gertrude bertha clara minnie ida ada cora della effie hattie lottie nettie opal pearl myrtle wilma thelma velma lois
norma phyllis marjorie eileen geraldine lorraine jeanette maxine vivian rose irene josephine marion lucille edna ellen
eva sylvia connie robin peggy wanda bonnie tracy dawn tina rita kathy sherry crystal wendy erin shannon gail rhonda
cathy melanie april holly kristen renee tammy vanessa valerie cassandra miranda whitney kelsey jenna paige brooke sierra
morgan taylor jamie casey dana leslie jackie stacy kerry shelby sydney bailey reagan quinn peyton avery
fred ernest leonard stanley leon herbert clarence melvin harvey alfred norman earl cecil lloyd clyde gordon floyd vernon
lester milton harry howard louis philip ray glenn dale craig barry allen curtis todd neil ross stuart derek shane travis
chad brett troy corey dustin marcus andre cory shawn seth trevor spencer grant garrett wesley blake colin devin max
felix hugo oscar simon tobias lukas jonas finn theo arlo silas jasper atticus milo otto august rowan beau
winifred clementine thaddeus rosalind arnold monique franklin alistair desmond cordelia lucinda augustin ophelia
isadora nkechi alfonso alfredo alonzo alphonse alvaro alvin ambrose amos anders angelo angus ansel archie armando
arturo augustus barnaby barney barrett bartholomew benedict bennett benny bernard bernie bert bertram boris boyd
bradford brady brendan brent broderick bryce byron calvin cameron carlo carlton carroll cedric chester clark claude
claudio clayton clifford clifton clint clinton conrad cornelius cornell cyril cyrus damian damon dante darius darrell
darren daryl davis deandre delbert denis dermot derrick dexter dirk domingo donovan dorian duane dudley duncan dwayne
dwight edmund edwin efrain elbert eldon elliot elliott ellis elmer elton elvis emanuel emil emilio emmanuel emmett
erick ervin esteban evan fabian fabio ferdinand fidel finley fletcher freddie frederick fredrick gareth garth gavin
geoffrey gerard gerardo gilbert gilberto giles godfrey gonzalo graham gregor griffin grover guillermo gunther gustav
hamish harlan harley harrison herman hiram horace horatio hubert humphrey ignacio irvin irving isidro ismael jackson
jaime jared jarrett jarvis jerald jeremiah jermaine jerome jethro joaquin joel johann johnathan johnnie johnny jonah
jonathon judah jude julius kareem karl kelvin kendall kendrick kenny kent kenton kirk kurt lamar lamont landon
langston laurence lazaro leander leif leland lemuel lenny leonardo leopold leroy lionel lowell lucian luciano lucius
luther lyle mack malcolm marcos marlin marlon marshall marvin mathew matthias maurice mauricio maxwell melvyn merle
micah michel mitchell mohammad morris morton moses murray nathaniel neal nelson nestor neville newton nickolas nicolas
nigel norbert octavio orlando orville osvaldo otis percy perry phil preston quentin quincy ramiro randal randall
randolph raphael reginald reuben reynaldo rickey ricky rigoberto robbie roderick rodney rodolfo rodrigo rogelio roland
rolando romeo ron ronnie roosevelt rory roscoe rosendo rubin rudolph rudy rufus rupert russel salvador salvatore sammy
samson santiago saul sheldon sherman sidney simeon solomon stefan stephan stewart sylvester ted terrance terrell
terrence thelonious thurman timmy toby tommy tony tristan truman ulysses vance vaughn vicente virgil wade wallace
warren waylon wendell wilbert wilbur wilfred wilfredo willard willis wilson winston woodrow zachariah zane abby adela
adelaide adele adeline adrienne agatha aileen alberta alejandra alexandra alexandria alfreda alison alma althea amalia
amparo anabel angelica angelina angelique angie annabelle annette annie antoinette antonia arabella araceli arlene
audra augusta aurelia beatrix becky belinda bernadette bernadine bernice bertie bessie bethany betsy bettie beulah
beverley bianca billie blanca blanche blythe briana bridget brigitte britney caitlin callie calliope camilla camille
candace candice caprice carla carly carmela carole carrie cassie catalina cecelia cecilia celeste celia celina
charlene chelsea christie christy cindy clarice clarissa claudette colette colleen corinne cornelia courtney cristina
dahlia daniela darla darlene deanna debbie deirdre deidre delia delilah delores desiree dianna dianne dina dominique
dora doreen dorothea dorthy edwina elaine eleanora elisa elisabeth elise eliza eloise elsa elsie elva elvira emilia
enid erica erika erma ernestine esmeralda estella estelle esther etta eugenia eula eunice evangeline fannie faye
felicia felicity fernanda fiona flora floretta florine francine freda frederica frieda gabriella gabrielle georgette
georgina germaine gilda gina gladys glenda glenna goldie gracie graciela gretchen griselda gwen gwendolyn heidi helena
helene helga henrietta hilary hilda hildegard ilene imelda imogene ines inez irma isabelle jacquelyn jane janelle
janette janie janis jeanine jeannette jeannie jennie jenny jill joann joanna joanne jocelyn johanna jolene josie
juanita juliana julianne juliet juliette justine karin karla kate katie katrina kellie kerri kirsten krista kristi
kristie kristin kristina kristine kristy lacey latasha latonya laurel laurie lavinia leanne leilani lela lena lenora
leona leonora lidia lila lilian lillian lindsay lindsey liza lola loretta lorena lorna lorrie louisa louise luann
lucile lucretia ludmila luisa lula lydia lynette lynn lynne madeleine madeline madelyn magdalena maggie mamie mandy
manuela marcella marcia margery margie margo margot marguerite marian mariana marianne maribel maricela marisa marisol
marla marlene marsha martina maryann maryanne mattie maude maura maureen mayra melba melinda melisa meredith mildred
millicent milagros mindy minerva miriam moira mollie molly muriel myra myrna nadine natalia nell nellie nelda nichole
nina nola noreen noelle octavia odessa odette patrice patsy patti patty paula paulette paulina pauline philippa polly
priscilla rachael rae ramona reba rhoda roberta robyn rochelle ronda rosalia rosalie rosalinda rosalyn rosamund
rosanna rosanne roseann rosella rosemarie rosemary rosetta rosie roxanne ruthie sabrina sally sasha saundra selena
selina selma serena shana shanna shauna sheila shelia shelley shelly sheri sherri sherrie sheryl simone socorro sondra
sonia sonja sonya sophie stacey stacie staci susana susanna susannah susanne susie suzanne suzette sybil tabitha
tamara tania tanya tara tasha teri terri tessa thea theodora therese toni tonya trina trisha trudy ursula valentina
verna vicki vickie vicky vilma viviana wilhelmina willa wilda winnie yesenia yvette yvonne zelda aarav anand aniket
anjali ankit arun ashok bharat deepak devika dinesh divya ganesh gaurav gopal harish indira ishaan karan kiran lalita
leela madhu mahesh manish manoj meena mohan mukesh nandini narayan neeraj nikhil nitin padma parvati pradeep prakash
pramod prasad priyanka radha rahul rajiv rakesh ramesh rekha rohit sandeep sangeeta sanjana sarita satish shankar
shanti shreya shyam sita sneha sonali srinivas sudha sunil sushma swati usha varun vidya vinod vivek xiu yong xiaoming
jianhong feng lihua guang zhen hoang phuong thanh trang hanh nguyet takashi satoshi naoko yoko keiko yumi kaori emiko
haruka daisuke makoto minjun seoyeon jihoon youngho sunghee ahmad youssef mustafa mahmoud samir nabil rashid walid
ziad khadija noura salma hala rania farah huda abdullah imran bilal faisal hamza chinedu emeka ifeoma adaeze obinna
uchenna chukwuemeka babatunde folake olumide temitope yetunde abena kwabena kojo yaw adjoa amara thabo sipho nomvula
lerato tendai farai wanjiru kamau njeri otieno achieng abebe tsegaye cristobal emiliano federico francisca hernando
isabela josefa marcela mateus matias paloma rocio tomas ximena joao thiago rafaela bruno caio heitor davi larissa
aleksander andrei dmitry ekaterina galina igor ilya konstantin ksenia larisa leonid lyudmila maxim mikhail nadezhda
nikita nikolai oleg pavel polina ruslan sergey stanislav tatyana vadim valentin valery vasily viktor vitaly vyacheslav
yaroslav yevgeny yuri zoya oksana taras bohdan jadwiga krzysztof malgorzata tomasz zofia zbigniew ewa grzegorz beata
dorota halina jerzy kazimierz anneliese brunhilde carsten dieter eberhard elke ernst friedrich fritz gerda gerhard
gisela gottfried gudrun hannelore hartmut heike helmut holger horst ilse ingeborg jochen jorg kai karlheinz karsten
katharina konrad lieselotte lothar ludwig manfred monika rainer reinhard renate rolf rudolf ruprecht sabine siegfried
sigrid thorsten ulrich ulrike uwe volker waltraud werner wilhelm winfried wolfgang florian adrien amelie anais antoine arnaud
aurelie benoit bertrand cecile celine chantal christophe delphine didier edouard elodie emilie etienne fabienne
francoise frederic gaston georges gilles guillaume henri herve josiane julien laurent leonie luc lucien marcel margaux
mathieu maxime mireille nathalie odile olivier philippe pascal regis remi rene sandrine serge solange stephane sylvie
thibault thierry veronique yves agneta annika arne asbjorn bengt bjarne britta gunnar gunilla halvor harald henrik
johan kerstin kjell knut lennart magnus mikael nils oddvar olof pernille ragnar rune signe sigurd solveig soren
torsten ulf ciaran aoife niamh saoirse siobhan sinead roisin grainne maeve eoin oisin padraig seamus declan eamon
fergus fintan cormac conor donal brigid caoimhe orla
`;

const known = new Set(names.split(/\s+/).filter((name) => name !== ""));

/** In small letters, without accents: `Jürgen` is in the list as `jurgen`. */
const plainly = (word: string): string => word.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

/** Whether a word is a given name that many have. */
export const isFirstName = (word: string): boolean => known.has(plainly(word));
