"""What the columns and values of an export are called, in the languages of its program.

Headers follow the language of the user interface (facts/screaming-frog.md). English and the
French words marked there were seen; the others are what the program's translations call these
things elsewhere, several of each, since a wrong guess costs nothing.
"""

from __future__ import annotations

SOURCE, TARGET, TYPE = "source", "destination", "type"
ANCHOR, ALT, FOLLOW, REL, POSITION, CODE = "anchor", "alt", "follow", "rel", "position", "code"
ADDRESS, CONTENT_TYPE, TITLE = "address", "content type", "title"

LINKS = {
    TYPE: ("Type", "Typ", "Tipo", "Soort"),
    SOURCE: (
        "Source", "From", "Quelle", "Von", "Origen", "Fuente", "Desde", "Sorgente", "Origine",
        "Fonte", "Origem", "Bron", "URL source", "Quell-URL", "URL de origen",
        "URL di origine",
    ),
    TARGET: (
        "Destination", "To", "Ziel", "Nach", "Destino", "Hasta", "Destinazione",
        "Bestemming", "Doel", "URL de destination", "Ziel-URL", "URL de destino",
        "URL di destinazione",
    ),
    ANCHOR: (
        "Anchor", "Anchor Text", "Ancrage", "Ancre", "Texte d'ancrage", "Texte d'ancre", "Anker",
        "Ankertext", "Linktext", "Ancla", "Texto de anclaje", "Texto ancla", "Texto del enlace",
        "Ancora", "Testo di ancoraggio", "Testo dell'ancora", "Testo ancora", "Âncora",
        "Texto âncora", "Texto da âncora", "Ankertekst",
    ),
    ALT: (
        "Alt Text", "Texte alternatif", "Texte Alt", "Alternativtext", "Alt-Text",
        "Texto alternativo", "Texto Alt", "Testo alternativo", "Testo Alt", "Alt-tekst",
    ),
    FOLLOW: (
        "Follow", "Suivre", "Suivi", "Dofollow", "Folgen", "Seguir", "Seguimiento", "Segui",
        "Seguire", "Volgen",
    ),
    REL: ("Rel", "Relation", "Attribut rel", "Rel-Attribut", "Atributo rel", "Attributo rel"),
    POSITION: (
        "Link Position", "Position du lien", "Position des liens", "Emplacement du lien",
        "Linkposition", "Link-Position", "Position des Links", "Posición del enlace",
        "Ubicación del enlace", "Posizione del link", "Posizione link",
        "Posizione del collegamento", "Posição do link", "Linkpositie",
    ),
    CODE: (
        "Status Code", "Code de statut", "Code d'état", "Code de réponse", "Statuscode",
        "Status-Code", "Código de estado", "Código de respuesta", "Codice di stato",
        "Codice stato", "Código de status",
    ),
}  # fmt: skip
DOMAINS = {
    ADDRESS: (
        "Address", "URL", "Adresse", "Adresse URL", "Dirección", "Indirizzo", "Endereço", "Adres",
    ),
    CONTENT_TYPE: (
        "Content Type", "Content", "Type de contenu", "Inhaltstyp", "Inhaltstype",
        "Tipo de contenido", "Tipo di contenuto", "Tipo de conteúdo",
    ),
    CODE: LINKS[CODE],
    TITLE: ("Title 1", "Titre 1", "Titel 1", "Título 1", "Titolo 1"),
}  # fmt: skip

HYPERLINKS = frozenset(
    {"hyperlink", "href", "ahref", "a href", "hyperlien", "lien hypertexte", "lien",
     "hypertextlink", "hipervinculo", "hiperenlace", "hyperenlace", "enlace", "hiperlink",
     "collegamento ipertestuale", "ipercollegamento", "collegamento", "link"}
)  # fmt: skip
NOT_FOLLOWED = frozenset(
    {"false", "faux", "falsch", "falso", "no", "non", "nein", "0", "nofollow", "onwaar", "nee"}
)
POSITIONS = {
    "content": "content", "contenu": "content", "inhalt": "content", "contenido": "content",
    "contenuto": "content", "conteudo": "content", "inhoud": "content", "main": "content",
    "navigation": "navigation", "nav": "navigation", "navegacion": "navigation",
    "navigazione": "navigation", "navegacao": "navigation", "navigatie": "navigation",
    "menu": "navigation",
    "header": "header", "en tete": "header", "entete": "header", "kopfzeile": "header",
    "kopfbereich": "header", "encabezado": "header", "cabecera": "header",
    "intestazione": "header", "cabecalho": "header",
    "footer": "footer", "pied de page": "footer", "fusszeile": "footer", "fußzeile": "footer",
    "fussbereich": "footer", "pie de pagina": "footer", "pie": "footer",
    "pie di pagina": "footer", "pie pagina": "footer", "rodape": "footer", "voettekst": "footer",
    "aside": "aside", "sidebar": "aside", "barre laterale": "aside", "lateral": "aside",
    "seitenleiste": "aside", "barra lateral": "aside", "barra laterale": "aside",
}  # fmt: skip
UNFOLLOWING = frozenset({"nofollow", "sponsored", "ugc"})
