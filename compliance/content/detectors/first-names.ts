/** Given names that are common in the US, by the Social Security Administration's yearly lists, in small letters. */
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
`;

const known = new Set(names.split(/\s+/).filter((name) => name !== ""));

/** Whether a word is a given name that many have. */
export const isFirstName = (word: string): boolean => known.has(word.toLowerCase());
