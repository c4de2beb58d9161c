"""Domains where anyone can have an address. Two people there have no company in common.

Data from the providers' own sign-up pages and long use; internet providers that give
every customer an address are in it, providers of a company's own domain are not.
"""

from __future__ import annotations

_COUNTRIES = {
    "yahoo": """
        com ae at be bg ca ch cl cn co.hu co.id co.il co.in co.jp co.kr co.nz co.th co.uk co.za
        com.ar com.au com.bo com.br com.cn com.co com.ec com.gr com.hk com.hr com.mx com.my com.ng
        com.pe com.ph com.pk com.sg com.tr com.tw com.ua com.ve com.vn cz de dk ee es fi fr gr hu
        ie in it jp lt lv nl no pl pt ro rs se si sk""",
    "hotmail": """
        com ac at be bg ca ch cl co co.id co.il co.in co.jp co.kr co.nz co.th co.uk co.za com.ar
        com.au com.br com.hk com.mx com.my com.ph com.pl com.sg com.tr com.tw com.ve com.vn cz de
        dk ee es fi fr gr hu ie in it jp lt lu lv my nl no ph pl pt ro rs ru se sg sk""",
    "live": """
        com at be ca ch cl cn co.in co.kr co.uk co.za com.ar com.au com.co com.mx com.my com.pe
        com.ph com.pk com.pt com.sg com.ve de dk fi fr hk ie in it jp nl no ph ru se""",
    "outlook": """
        com at be bg cl co co.id co.il co.nz co.th co.uk com.ar com.au com.br com.gr com.pe com.tr
        com.vn cz de dk es fr hu ie in it jp kr lv my ph pl pt ro sa sg sk""",
    "gmx": "at biz ca ch cn co.in co.uk com com.br com.my de es eu fr hk ie info it li lt net org "
    "ph pt ru se sg tm tw us",
    "aol": "at be ch cl co.nz co.uk com com.ar com.au com.br com.co com.mx com.tr com.ve cz de dk "
    "es fi fr hk hu in it jp kr nl no pl pt ru se tw",
    "yandex": "az by co.il com com.ge com.tr ee fr kg kz lt lv md net org pl ru tj tm ua uz",
    "mail": "bg by com com.tr ee kz md ru ua",
    "rambler": "ru ua",
    "tiscali": "be ch co.uk cz de dk es fr it nl",
    "freenet": "at de",
    "laposte": "net",
    "protonmail": "ch com",
    "tutanota": "com de",
    "zoho": "com com.au eu in",
    "fastmail": "cn co.uk com com.au de es fm fr im in jp mx net nl org se to tw uk us",
    "hushmail": "com me",
    "bluewin": "ch com",
    "tele2": "at fr it nl no se",
    "vodafone": "de it nl",
    "orange": "es fr nl net pl sk",
    "terra": "cl com com.ar com.br com.co com.mx com.pe es",
    "walla": "co.il com",
    "rediff": "com",
    "sapo": "pt",
    "eircom": "net",
    "centrum": "cz sk",
    "azet": "sk",
}
_SINGLE = """
    gmail.com googlemail.com ymail.com rocketmail.com myyahoo.com y7mail.com yahoomail.com
    kimo.com geocities.com sbcglobal.net att.net bellsouth.net ameritech.net pacbell.net swbell.net
    snet.net flash.net nvbell.net prodigy.net wans.net
    msn.com passport.com windowslive.com hotmail.msn.com webtv.net livemail.tw
    icloud.com me.com mac.com
    aim.com love.com ygm.com games.com wow.com netscape.net netscape.com cs.com compuserve.com
    compuserve.de verizon.net
    proton.me pm.me proton.ch tuta.io tuta.com tutamail.com tutanota.de keemail.me
    zohomail.com zohomail.eu zohomail.in fastmail.fm messagingengine.com sent.com hey.com duck.com
    hushmail.com hush.com hush.ai mac.hush.com lavabit.com riseup.net disroot.org posteo.de
    posteo.net posteo.org posteo.eu mailbox.org mailfence.com startmail.com runbox.com
    countermail.com
    kolabnow.com ctemplar.com skiff.com simplelogin.com anonaddy.com anonaddy.me relay.firefox.com
    mozmail.com privaterelay.appleid.com
    email.com usa.com myself.com consultant.com europe.com post.com writeme.com iname.com mail.org
    dr.com engineer.com cheerful.com techie.com linuxmail.org lycos.com lycos.co.uk lycos.de
    lycos.es
    lycos.it lycos.fr lycos.nl lycosmail.com excite.com excite.it excite.co.jp juno.com netzero.net
    netzero.com mindspring.com earthlink.net inbox.com inbox.ru inbox.lv care2.com mail2world.com
    bigfoot.com usa.net eudoramail.com mailcity.com operamail.com myway.com fastmail.us
    safe-mail.net
    gawab.com maktoob.com rocketmail.de 37.com 20minutemail.com mailinator.com guerrillamail.com
    yopmail.com
    comcast.net cox.net charter.net rr.com roadrunner.com twc.com optonline.net optimum.net
    windstream.net frontier.com frontiernet.net centurylink.net centurytel.net embarqmail.com q.com
    qwest.net suddenlink.net cableone.net wowway.com rcn.com spectrum.net mchsi.com insightbb.com
    tds.net ptd.net hughes.net peoplepc.com bellatlantic.net gte.net adelphia.net
    rogers.com bell.net bell.ca sympatico.ca shaw.ca telus.net videotron.ca videotron.qc.ca
    cogeco.ca
    eastlink.ca sasktel.net mts.net aliant.net nbnet.nb.ca
    btinternet.com btopenworld.com talk21.com ntlworld.com virginmedia.com virgin.net
    blueyonder.co.uk
    sky.com talktalk.net tiscali.co.uk plus.com plusnet.com o2.co.uk orangehome.co.uk wanadoo.co.uk
    freeserve.co.uk fsmail.net lineone.net onetel.com zen.co.uk supanet.com madasafish.com
    ireland.com oceanfree.net
    web.de email.de t-online.de arcor.de arcor.net freenet.net 1und1.de online.de onlinehome.de
    kabelmail.de unitybox.de unity-mail.de versanet.de ewetel.net ewe.net osnanet.de netcologne.de
    nexgo.de alice.de alice-dsl.net o2online.de o2mail.de mail.de firemail.de directbox.com
    gmx.topmail.de magenta.de bluemail.ch hispeed.ch sunrise.ch swissonline.ch green.ch aon.at
    chello.at a1.net inode.at utanet.at kabelplus.at drei.at
    free.fr wanadoo.fr sfr.fr neuf.fr numericable.fr numericable.com bbox.fr club-internet.fr
    aliceadsl.fr noos.fr cegetel.net 9online.fr 9business.fr dbmail.com voila.fr caramail.com
    ifrance.com netcourrier.com mailo.com mailo.fr
    skynet.be telenet.be proximus.be scarlet.be voo.be belgacom.net pandora.be
    ziggo.nl kpnmail.nl kpnplanet.nl planet.nl hetnet.nl home.nl upcmail.nl chello.nl casema.nl
    xs4all.nl quicknet.nl zonnet.nl zeelandnet.nl wxs.nl solcon.nl onsnet.nu telfort.nl tele2.nl
    caiway.nl caiway.net
    libero.it virgilio.it alice.it tin.it tim.it inwind.it iol.it blu.it giallo.it email.it
    fastwebnet.it teletu.it poste.it hotmail.it interfree.it katamail.com supereva.it jumpy.it
    aruba.it pec.it
    telefonica.net movistar.es ono.com ya.com wanadoo.es jazztel.es euskaltel.net correo.com
    mixmail.com eresmas.com
    iol.pt clix.pt netcabo.pt mail.telepac.pt telepac.pt portugalmail.pt portugalmail.com meo.pt
    netmadeira.com oninet.pt
    uol.com.br bol.com.br ig.com.br globo.com globomail.com r7.com oi.com.br zipmail.com.br
    pop.com.br superig.com.br brturbo.com.br click21.com.br
    fibertel.com.ar speedy.com.ar arnet.com.ar ciudad.com.ar sinectis.com.ar prodigy.net.mx
    infinitum.com.mx vtr.net une.net.co cantv.net adinet.com.uy
    telia.com telia.se spray.se bredband.net comhem.se bahnhof.se swipnet.se glocalnet.net
    home.se passagen.se bredband2.com online.no broadpark.no frisurf.no getmail.no lyse.net
    start.no c2i.net altibox.no mail.dk jubii.dk ofir.dk stofanet.dk webspeed.dk post.tele.dk
    tdcadsl.dk youmail.dk sol.dk get2net.dk forum.dk kabelmail.dk mail.tele.dk
    luukku.com kolumbus.fi elisanet.fi saunalahti.fi welho.com suomi24.fi pp.inet.fi inet.fi
    netti.fi nic.fi dnainternet.net mbnet.fi simnet.is visir.is
    wp.pl o2.pl onet.pl onet.eu op.pl interia.pl interia.eu poczta.fm poczta.onet.pl gazeta.pl
    tlen.pl vp.pl autograf.pl go2.pl buziaczek.pl spoko.pl amorki.pl neostrada.pl
    seznam.cz email.cz post.cz atlas.cz volny.cz spoluzaci.cz quick.cz tiscali.cz zoznam.sk post.sk
    pobox.sk stonline.sk freemail.hu citromail.hu vipmail.hu indamail.hu t-online.hu upcmail.hu
    chello.hu invitel.hu abv.bg dir.bg gbg.bg email.ro k.ro rdslink.ro clicknet.ro net.hr
    zg.htnet.hr t-com.hr inet.hr iskon.hr siol.net email.si t-2.net amis.net eunet.rs
    sezampro.rs ptt.rs one.lt delfi.lt takas.lt inbox.lt apollo.lv hot.ee online.ee neti.ee
    otenet.gr forthnet.gr in.gr mailbox.gr hol.gr freemail.gr pathfinder.gr windtools.gr
    cytanet.com.cy cablenet.com.cy maltanet.net onvol.net
    bk.ru list.ru internet.ru ya.ru narod.ru lenta.ru ro.ru autorambler.ru myrambler.ru hotbox.ru
    pochta.ru qip.ru nm.ru sibmail.com nxt.ru ukr.net i.ua meta.ua bigmir.net email.ua online.ua
    tut.by vk.com
    mynet.com ttmail.com superonline.com ttnet.net.tr e-kolay.net
    012.net.il netvision.net.il bezeqint.net zahav.net.il nana.co.il
    qq.com vip.qq.com foxmail.com 163.com 126.com yeah.net vip.163.com vip.126.com 188.com sina.com
    sina.cn vip.sina.com sohu.com tom.com 21cn.com 139.com 189.cn wo.cn aliyun.com 263.net eyou.com
    hinet.net pchome.com.tw seed.net.tw url.com.tw netvigator.com
    docomo.ne.jp ezweb.ne.jp au.com softbank.ne.jp i.softbank.jp vodafone.ne.jp biglobe.ne.jp
    nifty.com ocn.ne.jp so-net.ne.jp dion.ne.jp plala.or.jp goo.jp goo.ne.jp infoseek.jp
    infoseek.co.jp auone.jp ybb.ne.jp ymobile.ne.jp rakuten.jp
    naver.com hanmail.net daum.net nate.com korea.com empal.com paran.com dreamwiz.com hanmir.com
    kakao.com
    rediffmail.com sify.com indiatimes.com in.com vsnl.net vsnl.com bsnl.in airtelmail.in
    singnet.com.sg starhub.net.sg pacific.net.sg streamyx.com tm.net.my thaimail.com indosat.net.id
    telkom.net plasa.com fpt.vn vnn.vn viettel.vn pldtdsl.net
    bigpond.com bigpond.net.au bigpond.net optusnet.com.au optus.net.au iinet.net.au tpg.com.au
    internode.on.net westnet.com.au dodo.com.au adam.com.au ozemail.com.au iprimus.com.au
    netspace.net.au aapt.net.au xtra.co.nz slingshot.co.nz clear.net.nz paradise.net.nz ihug.co.nz
    orcon.net.nz vodafone.co.nz
    mweb.co.za telkomsa.net webmail.co.za vodamail.co.za iafrica.com lantic.net absamail.co.za
    emirates.net.ae eim.ae
"""

FREE_MAIL: frozenset[str] = frozenset(_SINGLE.split()) | {
    f"{name}.{country}" for name, countries in _COUNTRIES.items() for country in countries.split()
}
