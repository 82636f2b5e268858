"""The provinces where people grew up, by ISO 3166-2 code."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Region(models.TextChoices):
    """A province-level division of China, or elsewhere: how a person speaks depends on it."""

    ANHUI = "CN-AH", _("Anhui")
    BEIJING = "CN-BJ", _("Beijing")
    CHONGQING = "CN-CQ", _("Chongqing")
    FUJIAN = "CN-FJ", _("Fujian")
    GANSU = "CN-GS", _("Gansu")
    GUANGDONG = "CN-GD", _("Guangdong")
    GUANGXI = "CN-GX", _("Guangxi")
    GUIZHOU = "CN-GZ", _("Guizhou")
    HAINAN = "CN-HI", _("Hainan")
    HEBEI = "CN-HE", _("Hebei")
    HEILONGJIANG = "CN-HL", _("Heilongjiang")
    HENAN = "CN-HA", _("Henan")
    HONG_KONG = "CN-HK", _("Hong Kong")
    HUBEI = "CN-HB", _("Hubei")
    HUNAN = "CN-HN", _("Hunan")
    INNER_MONGOLIA = "CN-NM", _("Inner Mongolia")
    JIANGSU = "CN-JS", _("Jiangsu")
    JIANGXI = "CN-JX", _("Jiangxi")
    JILIN = "CN-JL", _("Jilin")
    LIAONING = "CN-LN", _("Liaoning")
    MACAO = "CN-MO", _("Macao")
    NINGXIA = "CN-NX", _("Ningxia")
    QINGHAI = "CN-QH", _("Qinghai")
    SHAANXI = "CN-SN", _("Shaanxi")
    SHANDONG = "CN-SD", _("Shandong")
    SHANGHAI = "CN-SH", _("Shanghai")
    SHANXI = "CN-SX", _("Shanxi")
    SICHUAN = "CN-SC", _("Sichuan")
    TAIWAN = "CN-TW", _("Taiwan")
    TIANJIN = "CN-TJ", _("Tianjin")
    TIBET = "CN-XZ", _("Tibet")
    XINJIANG = "CN-XJ", _("Xinjiang")
    YUNNAN = "CN-YN", _("Yunnan")
    ZHEJIANG = "CN-ZJ", _("Zhejiang")
    ELSEWHERE = "other", _("Elsewhere")
