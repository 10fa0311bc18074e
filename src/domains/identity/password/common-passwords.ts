/**
 * The commonest passwords of the length that passes otherwise, in lower case: the words that people choose with the
 * tails that they add, walks over the keyboard, rows and repeats.
 */
export const COMMON_PASSWORDS: ReadonlySet<string> = new Set(
  `
  0000000000 00000000000 000000000000 0123456789 01234567890 0987654321 1111111111 11111111111 111111111111 1122334455
  11223344556 1212121212 1231231231 123123123123 1234512345 1234554321 123456789! 1234567890 12345678900 1234567890q
  1234567891 12345678910 123456789a 123456789abc 123456789q 12345qwert 1234qwer1234 1234qwerasdf 123qwe123qwe
  123qweasdzxc 1313131313 1472583690 147852369a 1593574560 1a2b3c4d5e 1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx3edc
  1qaz2wsx3edc4rfv 2121212121 2222222222 22222222222 222222222222 2718281828 3141592653 3333333333 33333333333
  333333333333 4444444444 44444444444 444444444444 5544332211 5555555555 55555555555 555555555555 6666666666
  66666666666 666666666666 6969696969 7777777777 77777777777 777777777777 8888888888 88888888888 888888888888
  9876543210 9999999999 99999999999 999999999999 a123456789 a1b2c3d4e5 a1s2d3f4g5 aa123456789 aaaaaaaaaa abc1234567
  abcabcabcabc abcd123456 abcd1234abcd abcdef1234 abcdefg123 abcdefghij abcdefghijk abcdefghijkl abcdefghijklmnop
  access123! access1234 access1234! access12345 access123456 access1234567890 access2020 access2021 access2022
  access2023 access2024 access2025 access2026 access@123 accessaccess admin1234! admin12345 admin123456
  admin1234567890 admin@12345 adminadmin administrator administrator! administrator#1 administrator00 administrator007
  administrator01 administrator1 administrator1! administrator1#1 administrator100 administrator1007 administrator101
  administrator11 administrator11! administrator111 administrator1111 administrator112 administrator1123
  administrator1123! administrator11234 administrator12 administrator12020 administrator12021 administrator12022
  administrator12023 administrator12024 administrator12025 administrator12026 administrator123 administrator123!
  administrator1234 administrator1234! administrator12345 administrator1321 administrator169 administrator199
  administrator1@123 administrator1administrator1 administrator2020 administrator2021 administrator2022
  administrator2023 administrator2024 administrator2025 administrator2026 administrator321 administrator69
  administrator99 administrator@123 administratoradministrator adminpassword amanda123! amanda1234 amanda1234!
  amanda12345 amanda123456 amanda1234567890 amanda2020 amanda2021 amanda2022 amanda2023 amanda2024 amanda2025
  amanda2026 amanda@123 amandaamanda america123 andrew123! andrew1234 andrew1234! andrew12345 andrew123456
  andrew1234567890 andrew2020 andrew2021 andrew2022 andrew2023 andrew2024 andrew2025 andrew2026 andrew@123
  andrewandrew android123 angel12345 anniversary1 apple12345 arsenal007 arsenal111 arsenal123 arsenal123! arsenal1234
  arsenal1234! arsenal12345 arsenal123456 arsenal1234567890 arsenal2020 arsenal2021 arsenal2022 arsenal2023
  arsenal2024 arsenal2025 arsenal2026 arsenal321 arsenal@123 arsenalarsenal asd123asd123 asdfghjkl1 asdfghjkl123
  asdfghjkl; asdfghjklq asdfqwerty ashley123! ashley1234 ashley1234! ashley12345 ashley123456 ashley1234567890
  ashley2020 ashley2021 ashley2022 ashley2023 ashley2024 ashley2025 ashley2026 ashley@123 ashleyashley australia1
  autumn123! autumn1234 autumn1234! autumn12345 autumn123456 autumn1234567890 autumn2020 autumn2021 autumn2022
  autumn2023 autumn2024 autumn2025 autumn2026 autumn@123 autumnautumn azerty123! azerty1234 azerty1234! azerty12345
  azerty123456 azerty1234567890 azerty2020 azerty2021 azerty2022 azerty2023 azerty2024 azerty2025 azerty2026
  azerty@123 azertyazerty babygirl12 babygirl123 banana123! banana1234 banana1234! banana12345 banana123456
  banana1234567890 banana2020 banana2021 banana2022 banana2023 banana2024 banana2025 banana2026 banana@123
  bananabanana barcelona! barcelona#1 barcelona00 barcelona007 barcelona01 barcelona1 barcelona1! barcelona10
  barcelona11 barcelona111 barcelona12 barcelona123 barcelona123! barcelona1234 barcelona1234! barcelona12345
  barcelona123456 barcelona2020 barcelona2021 barcelona2022 barcelona2023 barcelona2024 barcelona2025 barcelona2026
  barcelona321 barcelona69 barcelona99 barcelona@123 barcelonabarcelona baseball#1 baseball00 baseball007 baseball01
  baseball1! baseball11 baseball111 baseball12 baseball123 baseball123! baseball1234 baseball1234! baseball12345
  baseball123456 baseball1234567890 baseball2020 baseball2021 baseball2022 baseball2023 baseball2024 baseball2025
  baseball2026 baseball321 baseball69 baseball99 baseball@123 baseballbaseball basketball basketball! basketball#1
  basketball00 basketball007 basketball01 basketball1 basketball1! basketball11 basketball111 basketball12
  basketball123 basketball123! basketball1234 basketball1234! basketball12345 basketball123456 basketball2020
  basketball2021 basketball2022 basketball2023 basketball2024 basketball2025 basketball2026 basketball321 basketball69
  basketball99 basketball@123 basketballbasketball batman123! batman1234 batman1234! batman12345 batman123456
  batman1234567890 batman2020 batman2021 batman2022 batman2023 batman2024 batman2025 batman2026 batman@123
  batmanbatman beatles123 bestfriend bestfriend1 birthday12 birthday123 blessed123 blink182182 bodega1234 bodega12345
  bodega2026 bodegabodega brother123 buster123! buster1234 buster1234! buster12345 buster123456 buster1234567890
  buster2020 buster2021 buster2022 buster2023 buster2024 buster2025 buster2026 buster@123 busterbuster butter123!
  butter1234 butter1234! butter12345 butter123456 butter1234567890 butter2020 butter2021 butter2022 butter2023
  butter2024 butter2025 butter2026 butter@123 butterbutter butterfly1 butterfly123 california1 callofduty callofduty1
  canada1234 changeme#1 changeme00 changeme007 changeme01 changeme1! changeme11 changeme111 changeme12 changeme123
  changeme123! changeme1234 changeme1234! changeme12345 changeme123456 changeme1234567890 changeme2020 changeme2021
  changeme2022 changeme2023 changeme2024 changeme2025 changeme2026 changeme321 changeme69 changeme99 changeme@123
  changemechangeme changemenow changemeplease charlie007 charlie111 charlie123 charlie123! charlie1234 charlie1234!
  charlie12345 charlie123456 charlie1234567890 charlie2020 charlie2021 charlie2022 charlie2023 charlie2024 charlie2025
  charlie2026 charlie321 charlie@123 charliecharlie cheese123! cheese1234 cheese1234! cheese12345 cheese123456
  cheese1234567890 cheese2020 cheese2021 cheese2022 cheese2023 cheese2024 cheese2025 cheese2026 cheese@123 cheesecake
  cheesecheese chelsea007 chelsea111 chelsea123 chelsea123! chelsea1234 chelsea1234! chelsea12345 chelsea123456
  chelsea1234567890 chelsea2020 chelsea2021 chelsea2022 chelsea2023 chelsea2024 chelsea2025 chelsea2026 chelsea321
  chelsea@123 chelseachelsea chocolate! chocolate#1 chocolate00 chocolate007 chocolate01 chocolate1 chocolate1!
  chocolate11 chocolate111 chocolate12 chocolate123 chocolate123! chocolate1234 chocolate1234! chocolate12345
  chocolate123456 chocolate2020 chocolate2021 chocolate2022 chocolate2023 chocolate2024 chocolate2025 chocolate2026
  chocolate321 chocolate69 chocolate99 chocolate@123 chocolatechocolate christmas1 company007 company111 company123
  company123! company1234 company1234! company12345 company123456 company1234567890 company2020 company2021
  company2022 company2023 company2024 company2025 company2026 company321 company@123 companycompany computer#1
  computer00 computer007 computer01 computer1! computer11 computer111 computer12 computer123 computer123! computer1234
  computer1234! computer12345 computer123456 computer1234567890 computer2020 computer2021 computer2022 computer2023
  computer2024 computer2025 computer2026 computer321 computer69 computer99 computer@123 computercomputer cookie123!
  cookie1234 cookie1234! cookie12345 cookie123456 cookie1234567890 cookie2020 cookie2021 cookie2022 cookie2023
  cookie2024 cookie2025 cookie2026 cookie@123 cookiecookie correcthorsebatterystaple counterstrike customer123
  customer1234 daniel123! daniel1234 daniel1234! daniel12345 daniel123456 daniel1234567890 daniel2020 daniel2021
  daniel2022 daniel2023 daniel2024 daniel2025 daniel2026 daniel@123 danieldaniel database#1 database00 database007
  database01 database1! database11 database111 database12 database123 database123! database1234 database1234!
  database12345 database123456 database1234567890 database2020 database2021 database2022 database2023 database2024
  database2025 database2026 database321 database69 database99 database@123 databasedatabase december25 default007
  default111 default123 default123! default1234 default1234! default12345 default123456 default1234567890 default2020
  default2021 default2022 default2023 default2024 default2025 default2026 default321 default@123 defaultdefault
  defaultpassword dragon123! dragon1234 dragon1234! dragon12345 dragon123456 dragon1234567890 dragon2020 dragon2021
  dragon2022 dragon2023 dragon2024 dragon2025 dragon2026 dragon@123 dragondragon elvis12345 eminem1234 facebook123
  family1234 father1234 ferrari123 flower123! flower1234 flower1234! flower12345 flower123456 flower1234567890
  flower2020 flower2021 flower2022 flower2023 flower2024 flower2025 flower2026 flower@123 flowerflower football#1
  football00 football007 football01 football1! football11 football111 football12 football123 football123! football1234
  football1234! football12345 football123456 football1234567890 football2020 football2021 football2022 football2023
  football2024 football2025 football2026 football321 football69 football99 football@123 footballfootball forever123
  fortnite123 freedom007 freedom111 freedom123 freedom123! freedom1234 freedom1234! freedom12345 freedom123456
  freedom1234567890 freedom2020 freedom2021 freedom2022 freedom2023 freedom2024 freedom2025 freedom2026 freedom321
  freedom@123 freedomfreedom friendship gandalf123 godisgood1 google1234 graduation greenday123 grocery123 guest1234!
  guest12345 guest123456 guest1234567890 guestguest halloween31 hannah123! hannah1234 hannah1234! hannah12345
  hannah123456 hannah1234567890 hannah2020 hannah2021 hannah2022 hannah2023 hannah2024 hannah2025 hannah2026
  hannah@123 hannahhannah happiness1 harrypotter harrypotter1 heavymetal hello123#1 hello12300 hello123007 hello12301
  hello1231! hello12311 hello123111 hello12312 hello123123 hello123123! hello1231234 hello1231234! hello12312345
  hello123123456 hello1231234567890 hello1232020 hello1232021 hello1232022 hello1232023 hello1232024 hello1232025
  hello1232026 hello123321 hello1234! hello12345 hello123456 hello1234567890 hello12369 hello12399 hello123@123
  hello123hello123 hellohello hockey123! hockey1234 hockey1234! hockey12345 hockey123456 hockey1234567890 hockey2020
  hockey2021 hockey2022 hockey2023 hockey2024 hockey2025 hockey2026 hockey@123 hockeyhockey hunter123! hunter1234
  hunter1234! hunter12345 hunter123456 hunter1234567890 hunter2020 hunter2021 hunter2022 hunter2023 hunter2024
  hunter2025 hunter2026 hunter@123 hunterhunter iamtheboss ilovejesus ilovemydad ilovemymom iloveyou#1 iloveyou00
  iloveyou007 iloveyou01 iloveyou1! iloveyou11 iloveyou111 iloveyou12 iloveyou123 iloveyou123! iloveyou1234
  iloveyou1234! iloveyou12345 iloveyou123456 iloveyou1234567890 iloveyou2020 iloveyou2021 iloveyou2022 iloveyou2023
  iloveyou2024 iloveyou2025 iloveyou2026 iloveyou321 iloveyou69 iloveyou99 iloveyou@123 iloveyoubaby iloveyouforever
  iloveyouiloveyou iloveyousomuch instagram1 internet#1 internet00 internet007 internet01 internet1! internet11
  internet111 internet12 internet123 internet123! internet1234 internet1234! internet12345 internet123456
  internet1234567890 internet2020 internet2021 internet2022 internet2023 internet2024 internet2025 internet2026
  internet321 internet69 internet99 internet@123 internetinternet iphone1234 jennifer#1 jennifer00 jennifer007
  jennifer01 jennifer1! jennifer11 jennifer111 jennifer12 jennifer123 jennifer123! jennifer1234 jennifer1234!
  jennifer12345 jennifer123456 jennifer1234567890 jennifer2020 jennifer2021 jennifer2022 jennifer2023 jennifer2024
  jennifer2025 jennifer2026 jennifer321 jennifer69 jennifer99 jennifer@123 jenniferjennifer jessica007 jessica111
  jessica123 jessica123! jessica1234 jessica1234! jessica12345 jessica123456 jessica1234567890 jessica2020 jessica2021
  jessica2022 jessica2023 jessica2024 jessica2025 jessica2026 jessica321 jessica@123 jessicajessica jesuschrist
  jesusislord jordan123! jordan1234 jordan1234! jordan12345 jordan123456 jordan1234567890 jordan2020 jordan2021
  jordan2022 jordan2023 jordan2024 jordan2025 jordan2026 jordan@123 jordanjordan joshua123! joshua1234 joshua1234!
  joshua12345 joshua123456 joshua1234567890 joshua2020 joshua2021 joshua2022 joshua2023 joshua2024 joshua2025
  joshua2026 joshua@123 joshuajoshua juventus123 killer123! killer1234 killer1234! killer12345 killer123456
  killer1234567890 killer2020 killer2021 killer2022 killer2023 killer2024 killer2025 killer2026 killer@123
  killerkiller lamborghini lamborghini1 letmein007 letmein111 letmein123 letmein123! letmein1234 letmein1234!
  letmein12345 letmein123456 letmein1234567890 letmein2020 letmein2021 letmein2022 letmein2023 letmein2024 letmein2025
  letmein2026 letmein321 letmein@123 letmeinletmein letmeinplease linkinpark liverpool! liverpool#1 liverpool00
  liverpool007 liverpool01 liverpool1 liverpool1! liverpool11 liverpool111 liverpool12 liverpool123 liverpool123!
  liverpool1234 liverpool1234! liverpool12345 liverpool123456 liverpool2020 liverpool2021 liverpool2022 liverpool2023
  liverpool2024 liverpool2025 liverpool2026 liverpool321 liverpool69 liverpool99 liverpool@123 liverpoolliverpool
  lkjhgfdsa1 login1234! login12345 login123456 login1234567890 loginlogin london2012 lordoftherings lovelove12
  lovelovelove loveyou123 macbookpro manager007 manager111 manager123 manager123! manager1234 manager1234!
  manager12345 manager123456 manager1234567890 manager2020 manager2021 manager2022 manager2023 manager2024 manager2025
  manager2026 manager321 manager@123 managermanager manchester1 manunited1 master123! master1234 master1234!
  master12345 master123456 master1234567890 master2020 master2021 master2022 master2023 master2024 master2025
  master2026 master@123 mastermaster matrix1999 matthew007 matthew111 matthew123 matthew123! matthew1234 matthew1234!
  matthew12345 matthew123456 matthew1234567890 matthew2020 matthew2021 matthew2022 matthew2023 matthew2024 matthew2025
  matthew2026 matthew321 matthew@123 matthewmatthew mercedes123 metallica1 metallica123 michael007 michael111
  michael123 michael123! michael1234 michael1234! michael12345 michael123456 michael1234567890 michael2020 michael2021
  michael2022 michael2023 michael2024 michael2025 michael2026 michael321 michael@123 michaelmichael michelle#1
  michelle00 michelle007 michelle01 michelle1! michelle11 michelle111 michelle12 michelle123 michelle123! michelle1234
  michelle1234! michelle12345 michelle123456 michelle1234567890 michelle2020 michelle2021 michelle2022 michelle2023
  michelle2024 michelle2025 michelle2026 michelle321 michelle69 michelle99 michelle@123 michellemichelle microsoft1
  minecraft1 minecraft123 mnbvcxz123 monkey123! monkey1234 monkey1234! monkey12345 monkey123456 monkey1234567890
  monkey2020 monkey2021 monkey2022 monkey2023 monkey2024 monkey2025 monkey2026 monkey@123 monkeymonkey mother1234
  motorcycle motorcycle1 mustang1967 mypassword mypassword1 mypassword123 naruto123! naruto1234 naruto1234!
  naruto12345 naruto123456 naruto1234567890 naruto2020 naruto2021 naruto2022 naruto2023 naruto2024 naruto2025
  naruto2026 naruto@123 narutonaruto network007 network111 network123 network123! network1234 network1234!
  network12345 network123456 network1234567890 network2020 network2021 network2022 network2023 network2024 network2025
  network2026 network321 network@123 networknetwork newyork123 nicole123! nicole1234 nicole1234! nicole12345
  nicole123456 nicole1234567890 nicole2020 nicole2021 nicole2022 nicole2023 nicole2024 nicole2025 nicole2026
  nicole@123 nicolenicole nintendo123 nintendo64 nokia12345 nopassword notpassword november11 office123! office1234
  office1234! office12345 office123456 office1234567890 office2020 office2021 office2022 office2023 office2024
  office2025 office2026 office@123 officeoffice opensesame opensesame1 openthedoor orange123! orange1234 orange1234!
  orange12345 orange123456 orange1234567890 orange2020 orange2021 orange2022 orange2023 orange2024 orange2025
  orange2026 orange@123 orangeorange p455w0rd123 p4ssw0rd123 p@ssw0rd#1 p@ssw0rd00 p@ssw0rd007 p@ssw0rd01 p@ssw0rd1!
  p@ssw0rd11 p@ssw0rd111 p@ssw0rd12 p@ssw0rd123 p@ssw0rd123! p@ssw0rd1234 p@ssw0rd1234! p@ssw0rd12345 p@ssw0rd123456
  p@ssw0rd1234567890 p@ssw0rd2020 p@ssw0rd2021 p@ssw0rd2022 p@ssw0rd2023 p@ssw0rd2024 p@ssw0rd2025 p@ssw0rd2026
  p@ssw0rd321 p@ssw0rd69 p@ssw0rd99 p@ssw0rd@123 p@ssw0rdp@ssw0rd p@ssword#1 p@ssword00 p@ssword007 p@ssword01
  p@ssword1! p@ssword11 p@ssword111 p@ssword12 p@ssword123 p@ssword123! p@ssword1234 p@ssword1234! p@ssword12345
  p@ssword123456 p@ssword1234567890 p@ssword2020 p@ssword2021 p@ssword2022 p@ssword2023 p@ssword2024 p@ssword2025
  p@ssword2026 p@ssword321 p@ssword69 p@ssword99 p@ssword@123 p@sswordp@ssword pa$$word123 pa55word123 passw0rd#1
  passw0rd00 passw0rd007 passw0rd01 passw0rd1! passw0rd11 passw0rd111 passw0rd12 passw0rd123 passw0rd123! passw0rd1234
  passw0rd1234! passw0rd12345 passw0rd123456 passw0rd1234567890 passw0rd2020 passw0rd2021 passw0rd2022 passw0rd2023
  passw0rd2024 passw0rd2025 passw0rd2026 passw0rd321 passw0rd69 passw0rd99 passw0rd@123 passw0rdpassw0rd passw@rd123
  password!23 password#1 password00 password007 password01 password1! password11 password111 password12 password123
  password123! password1234 password1234! password12345 password123456 password1234567890 password1password
  password2020 password2021 password2022 password2023 password2024 password2025 password2026 password321 password69
  password99 password@123 passwordpassword pineapple1 playstation playstation3 poiuytrewq pokemon007 pokemon111
  pokemon123 pokemon123! pokemon1234 pokemon1234! pokemon12345 pokemon123456 pokemon1234567890 pokemon2020 pokemon2021
  pokemon2022 pokemon2023 pokemon2024 pokemon2025 pokemon2026 pokemon321 pokemon@123 pokemonpokemon porsche911
  princess#1 princess00 princess007 princess01 princess1! princess11 princess111 princess12 princess123 princess123!
  princess1234 princess1234! princess12345 princess123456 princess1234567890 princess2020 princess2021 princess2022
  princess2023 princess2024 princess2025 princess2026 princess321 princess69 princess99 princess@123 princessprincess
  purple123! purple1234 purple1234! purple12345 purple123456 purple1234567890 purple2020 purple2021 purple2022
  purple2023 purple2024 purple2025 purple2026 purple@123 purplepurple q123456789 q1w2e3r4t5 q1w2e3r4t5y6 qazwsxedc1
  qazwsxedc123 qazwsxedcrfv qqqqqqqqqq qwe123qwe123 qweasdzxc1 qweasdzxc123 qwerasdfzxcv qwert12345 qwerty123!
  qwerty1234 qwerty1234! qwerty12345 qwerty123456 qwerty1234567890 qwerty2020 qwerty2021 qwerty2022 qwerty2023
  qwerty2024 qwerty2025 qwerty2026 qwerty654321 qwerty@123 qwertyasdf qwertyqwerty qwertyuiop qwertyuiop! qwertyuiop#1
  qwertyuiop00 qwertyuiop007 qwertyuiop01 qwertyuiop1 qwertyuiop1! qwertyuiop11 qwertyuiop111 qwertyuiop12
  qwertyuiop123 qwertyuiop123! qwertyuiop1234 qwertyuiop1234! qwertyuiop12345 qwertyuiop123456 qwertyuiop2020
  qwertyuiop2021 qwertyuiop2022 qwertyuiop2023 qwertyuiop2024 qwertyuiop2025 qwertyuiop2026 qwertyuiop321 qwertyuiop69
  qwertyuiop99 qwertyuiop@123 qwertyuiopqwertyuiop ranger123! ranger1234 ranger1234! ranger12345 ranger123456
  ranger1234567890 ranger2020 ranger2021 ranger2022 ranger2023 ranger2024 ranger2025 ranger2026 ranger@123
  rangerranger realmadrid realmadrid! realmadrid#1 realmadrid00 realmadrid007 realmadrid01 realmadrid1 realmadrid1!
  realmadrid11 realmadrid111 realmadrid12 realmadrid123 realmadrid123! realmadrid1234 realmadrid1234! realmadrid12345
  realmadrid123456 realmadrid2020 realmadrid2021 realmadrid2022 realmadrid2023 realmadrid2024 realmadrid2025
  realmadrid2026 realmadrid321 realmadrid69 realmadrid99 realmadrid@123 realmadridrealmadrid rockandroll root123456
  root1234567890 rootpassword rootroot12 samsung007 samsung111 samsung123 samsung123! samsung1234 samsung1234!
  samsung12345 samsung123456 samsung1234567890 samsung2020 samsung2021 samsung2022 samsung2023 samsung2024 samsung2025
  samsung2026 samsung321 samsung@123 samsungsamsung secret123! secret1234 secret1234! secret12345 secret123456
  secret1234567890 secret2020 secret2021 secret2022 secret2023 secret2024 secret2025 secret2026 secret@123
  secretsecret security#1 security00 security007 security01 security1! security11 security111 security12 security123
  security123! security1234 security1234! security12345 security123456 security1234567890 security2020 security2021
  security2022 security2023 security2024 security2025 security2026 security321 security69 security99 security@123
  securitysecurity september1 server123! server1234 server1234! server12345 server123456 server1234567890 server2020
  server2021 server2022 server2023 server2024 server2025 server2026 server@123 serverserver service007 service111
  service123 service123! service1234 service1234! service12345 service123456 service1234567890 service2020 service2021
  service2022 service2023 service2024 service2025 service2026 service321 service@123 serviceservice shadow123!
  shadow1234 shadow1234! shadow12345 shadow123456 shadow1234567890 shadow2020 shadow2021 shadow2022 shadow2023
  shadow2024 shadow2025 shadow2026 shadow@123 shadowshadow shopping123 sister1234 slipknot666 snoopdogg1 soccer123!
  soccer1234 soccer1234! soccer12345 soccer123456 soccer1234567890 soccer2020 soccer2021 soccer2022 soccer2023
  soccer2024 soccer2025 soccer2026 soccer@123 soccersoccer spiderman! spiderman#1 spiderman00 spiderman007 spiderman01
  spiderman1 spiderman1! spiderman11 spiderman111 spiderman12 spiderman123 spiderman123! spiderman1234 spiderman1234!
  spiderman12345 spiderman123456 spiderman2020 spiderman2021 spiderman2022 spiderman2023 spiderman2024 spiderman2025
  spiderman2026 spiderman321 spiderman69 spiderman99 spiderman@123 spidermanspiderman spring123! spring1234
  spring1234! spring12345 spring123456 spring1234567890 spring2020 spring2021 spring2022 spring2023 spring2024
  spring2025 spring2026 spring@123 springspring startrek123 starwars#1 starwars00 starwars007 starwars01 starwars1!
  starwars11 starwars111 starwars12 starwars123 starwars123! starwars1234 starwars1234! starwars12345 starwars123456
  starwars1234567890 starwars2020 starwars2021 starwars2022 starwars2023 starwars2024 starwars2025 starwars2026
  starwars321 starwars69 starwars99 starwars@123 starwarsstarwars strawberry strawberry1 summer123! summer1234
  summer1234! summer12345 summer123456 summer1234567890 summer2020 summer2021 summer2022 summer2023 summer2024
  summer2025 summer2026 summer@123 summersummer sunshine#1 sunshine00 sunshine007 sunshine01 sunshine1! sunshine11
  sunshine111 sunshine12 sunshine123 sunshine123! sunshine1234 sunshine1234! sunshine12345 sunshine123456
  sunshine1234567890 sunshine2020 sunshine2021 sunshine2022 sunshine2023 sunshine2024 sunshine2025 sunshine2026
  sunshine321 sunshine69 sunshine99 sunshine@123 sunshinesunshine superadmin1 superman#1 superman00 superman007
  superman01 superman1! superman11 superman111 superman12 superman123 superman123! superman1234 superman1234!
  superman12345 superman123456 superman1234567890 superman2020 superman2021 superman2022 superman2023 superman2024
  superman2025 superman2026 superman321 superman69 superman99 superman@123 supermansuperman supermarket superuser1
  support007 support111 support123 support123! support1234 support1234! support12345 support123456 support1234567890
  support2020 support2021 support2022 support2023 support2024 support2025 support2026 support321 support@123
  supportsupport sweetheart sweetheart1 sysadmin123 system123! system1234 system1234! system12345 system123456
  system1234567890 system2020 system2021 system2022 system2023 system2024 system2025 system2026 system@123
  systemsystem temp123456 temp1234567890 temppassword test123456 test1234567890 testing007 testing111 testing123
  testing123! testing1234 testing1234! testing12345 testing123456 testing1234567890 testing2020 testing2021
  testing2022 testing2023 testing2024 testing2025 testing2026 testing321 testing@123 testingtesting testpassword
  testtest12 testtest123 thepassword thequickbrownfox thispassword thomas123! thomas1234 thomas1234! thomas12345
  thomas123456 thomas1234567890 thomas2020 thomas2021 thomas2022 thomas2023 thomas2024 thomas2025 thomas2026
  thomas@123 thomasthomas truelove123 trustno1#1 trustno100 trustno1007 trustno101 trustno11! trustno111 trustno1111
  trustno112 trustno1123 trustno1123! trustno11234 trustno11234! trustno112345 trustno1123456 trustno11234567890
  trustno12020 trustno12021 trustno12022 trustno12023 trustno12024 trustno12025 trustno12026 trustno1321 trustno169
  trustno199 trustno1@123 trustno1trustno1 twitter123 unknown123 user123456 user1234567890 userpassword valentine14
  watermelon1 welcome007 welcome111 welcome123 welcome123! welcome1234 welcome1234! welcome12345 welcome123456
  welcome1234567890 welcome2020 welcome2021 welcome2022 welcome2023 welcome2024 welcome2025 welcome2026 welcome321
  welcome@123 welcomewelcome whatever#1 whatever00 whatever007 whatever01 whatever1! whatever11 whatever111 whatever12
  whatever123 whatever123! whatever1234 whatever1234! whatever12345 whatever123456 whatever1234567890 whatever2020
  whatever2021 whatever2022 whatever2023 whatever2024 whatever2025 whatever2026 whatever321 whatever69 whatever99
  whatever@123 whateverwhatever whatsapp123 windows123 windows2000 windowsxp1 winter123! winter1234 winter1234!
  winter12345 winter123456 winter1234567890 winter2020 winter2021 winter2022 winter2023 winter2024 winter2025
  winter2026 winter@123 winterwinter worldofwarcraft xxxxxxxxxx youtube123 zaq12wsxcde3 zaq1xsw2cde3 zxcvbnm,./
  zxcvbnm123 zxcvbnm1234 zzzzzzzzzz
`
    .trim()
    .split(/\s+/),
);
